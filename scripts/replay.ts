/**
 * `npm run replay -- history.json --workflows module.ts` replays a log, as `handle.history()` gives it, with the workflow of
 * its kind that the module exports, alone or in a list. Exits with 1 where code and log disagree, and says how.
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { AnyWorkflow } from '../sdk/index.ts'
import { DeterminismError, type HistoryEvent, replay } from '../sdk/testing.ts'

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { workflows: { type: 'string' } },
  allowPositionals: true,
})
const [path, ...others] = positionals
if (path === undefined || others.length > 0 || values.workflows === undefined)
  throw new Error('usage: npm run replay -- history.json --workflows module.ts')

const log: { events: HistoryEvent[] } | HistoryEvent[] = JSON.parse(await readFile(resolve(path), 'utf8'))
const events = Array.isArray(log) ? log : log.events
const [first] = events
if (first?.type !== 'WORKFLOW_STARTED') throw new Error(`${path}: a history begins with WORKFLOW_STARTED`)
const { kind } = first.data

const isWorkflow = (value: unknown): value is AnyWorkflow =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'workflow' && 'name' in value
const module: object = await import(pathToFileURL(resolve(values.workflows)).href)
const definitions = Object.values(module).flat().filter(isWorkflow)
const definition = definitions.find(({ name }) => name === kind)
if (definition === undefined)
  throw new Error(`${values.workflows} exports no workflow ${kind}: it exports ${definitions.map(({ name }) => name).join(', ')}`)

try {
  await replay(definition, events)
  console.log(`${path}: ${events.length} events of ${kind} agree with its code`)
} catch (error) {
  if (!DeterminismError.is(error)) throw error
  const { index, expected, actual, location, hint } = error
  console.error(`${path}: code and log of ${kind} disagree`)
  for (const [part, value] of Object.entries({ index, expected, actual, location, hint }))
    if (value !== undefined) console.error(`  ${part.padEnd(9)} ${value}`)
  process.exitCode = 1
}
