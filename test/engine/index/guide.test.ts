/** The guide says what is: its queries are read, and its fields and bounds are those of the language. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fields } from '../../../engine/index/fields.ts'
import { readQuery } from '../../../engine/index/query.ts'
import { queryLimits } from '../../../schemas/query.ts'

const guide = readFileSync(new URL('../../../docs/guide/finding.md', import.meta.url), 'utf8')
const block = (language: string): string => guide.split(`\`\`\`${language}\n`)[1]?.split('\n```')[0] ?? ''

test.each(block('query').split('\n'))('%s', (query) => {
  expect(readQuery(query)).toMatchObject({ ok: true })
})

test('queries in its code are read', () => {
  const quoted = [...block('ts').matchAll(/query: '([^']+)'/g)].map(([, query]) => query ?? '')
  expect(quoted).toHaveLength(2)
  for (const query of quoted) expect(readQuery(query)).toMatchObject({ ok: true })
})

test('its refusal is the one that is given', () => {
  const read = readQuery('kind = RUNNING')
  if (read.ok) throw new Error('read')
  const { line, column, message } = read.problem
  expect(block('text')).toBe(`query: line ${line}, column ${column}: ${message}`)
})

test('its table has every field and no other', () => {
  const rows = guide.split('\n').filter((line) => /^\| (`\w+`[ |])+/.test(line))
  const language = rows.filter((row) => /`=`/.test(row) && !row.includes('attributes.name'))
  const named = language.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name))
  expect(named.sort()).toEqual(Object.keys(fields).sort())
})

test('its bounds are the bounds', () => {
  const { characters, terms, depth, values } = queryLimits
  const said = `at most ${characters.toLocaleString('en')} characters, ${terms} comparisons, ${depth} parentheses and`
  expect(guide).toContain(said)
  expect(guide).toContain(`and ${values} values in one \`IN\``)
})
