/**
 * The table of a flow's keys in `docs/guide/flows.md`, made of the schema. Run, it writes the table into the page:
 * `node scripts/flow-keys.ts`; a test holds the page to it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { flowJsonSchema } from '../schemas/flow/file.ts'
import { repository } from './repository.ts'

export interface FlowKey {
  /** From the top; `*` is a name of the author's, `[]` an item of a list. */
  path: string
  type: string
  description: string
  isRequired: boolean
}

interface Schema {
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  items?: Schema
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
}

export const flowKeys = (): FlowKey[] => keysOf(flowJsonSchema() as Schema, '')

function keysOf(schema: Schema, path: string): FlowKey[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, child]): FlowKey[] => {
    const here = path === '' ? name : `${path}.${name}`
    const isRequired = schema.required?.includes(name) ?? false
    return [{ path: here, type: typeOf(child), description: child.description ?? '', isRequired }, ...keysOf(child, here)]
  })
  const named = typeof schema.additionalProperties === 'object' ? keysOf(schema.additionalProperties, `${path}.*`) : []
  const listed = schema.items === undefined ? [] : keysOf(schema.items, `${path}[]`)
  return [...below, ...named, ...listed, ...(schema.anyOf ?? []).flatMap((each) => keysOf(each, path))]
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((each) => JSON.stringify(each)).join(', ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(', ')
  if (Array.isArray(schema.type) || schema.type === undefined) return 'any value'
  return schema.type
}

export const begin = '<!-- keys: made by scripts/flow-keys.ts -->'
export const end = '<!-- end of keys -->'

export function keyTable(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const rows = flowKeys().map(
    ({ path, type, description, isRequired }) =>
      `| \`${path}\`${isRequired ? ' (required)' : ''} | ${cell(type)} | ${cell(description)} |`,
  )
  return ['| key | value | |', '| --- | --- | --- |', ...rows].join('\n')
}

/** The page with the table as it is now. */
export function withTable(page: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`the page has no place for the table: ${begin} … ${end}`)
  return `${page.slice(0, from)}${begin}\n${keyTable()}\n${page.slice(to)}`
}

export const flowsPage = join(repository, 'docs', 'guide', 'flows.md')

if (import.meta.main) await writeFile(flowsPage, withTable(await readFile(flowsPage, 'utf8')))
