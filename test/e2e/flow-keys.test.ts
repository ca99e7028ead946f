/** The page about flows says of every key what the schema says. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flowKeys, flowsPage, withTable } from '../../scripts/flow-keys.ts'
import { repository } from '../../scripts/repository.ts'

test('docs/guide/flows.md has the table of keys that the schema makes: `node scripts/flow-keys.ts` writes it', async () => {
  const page = await readFile(flowsPage, 'utf8')
  expect(page).toBe(withTable(page))
})

test('every key is described', () => {
  expect(flowKeys().filter(({ description }) => description === '')).toEqual([])
})

test('the YAML of the page is that of the example', async () => {
  const [, code = 'none'] = /^```yaml\n(.*?)^```$/ms.exec(await readFile(flowsPage, 'utf8')) ?? []
  expect(await readFile(join(repository, 'examples', 'flows', 'approval.yaml'), 'utf8')).toContain(code)
})
