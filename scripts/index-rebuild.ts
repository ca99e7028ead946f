/**
 * `npm run index:rebuild` asks every execution that is known what it is, and makes the index say the same. Known are those
 * of the index, of `--ids <file>` (an id a line), and of `--data <folder>`: the service's own data folder, which knows them
 * all. It runs beside a working service, and may be repeated.
 */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { Client, type ExecutionSummary } from 'perdure/client'
import { z } from 'zod'
import { executionsIn } from './data-folder.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: process.env['PERDURE_URL'] ?? 'http://127.0.0.1:8787' },
    org: { type: 'string', default: process.env['PERDURE_ORG'] ?? 'default' },
    key: { type: 'string', default: process.env['PERDURE_API_KEY'] ?? '' },
    ids: { type: 'string' },
    data: { type: 'string' },
  },
})
const { url, org, key } = values
const chunk = 500
const shownDifferences = 10

const client = new Client({ url, org, apiKey: key })
const answered = z.object({ unchanged: z.number(), corrected: z.number(), removed: z.number() })

/** The index as its readers get it, by id. */
async function index(): Promise<Map<string, ExecutionSummary>> {
  const all = new Map<string, ExecutionSummary>()
  for await (const summary of client.list({ limit: 1_000 })) all.set(summary.id, summary)
  return all
}

async function rebuild(ids: string[]): Promise<z.infer<typeof answered>> {
  const response = await fetch(`${url}/api/orgs/${org}/index/rebuild`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ ids }),
  })
  if (!response.ok) throw new Error(`the service answered ${response.status}: ${await response.text()}`)
  return answered.parse(await response.json())
}

const linesOf = (text: string): string[] => text.split('\n').flatMap((line) => line.trim() || [])

const before = await index()
const known = new Set(before.keys())
for (const id of values.ids === undefined ? [] : linesOf(await readFile(values.ids, 'utf8'))) known.add(id)
for (const id of values.data === undefined ? [] : await executionsIn(values.data, org)) known.add(id)
console.log(`${known.size} executions are known, ${before.size} of them to the index`)

const total = { unchanged: 0, corrected: 0, removed: 0 }
const ids = [...known]
for (let from = 0; from < ids.length; from += chunk) {
  const { unchanged, corrected, removed } = await rebuild(ids.slice(from, from + chunk))
  total.unchanged += unchanged
  total.corrected += corrected
  total.removed += removed
}
console.log(`${total.unchanged} rows were right, ${total.corrected} were missing or wrong, ${total.removed} had no execution`)

const after = await index()
const different = [...new Set([...before.keys(), ...after.keys()])].filter(
  (id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)),
)
for (const id of different.slice(0, shownDifferences)) {
  console.log(`${id}\n  was ${JSON.stringify(before.get(id))}\n  is  ${JSON.stringify(after.get(id))}`)
}
console.log(
  different.length === 0
    ? `the index is identical: ${after.size} executions`
    : `the index has changed in ${different.length} of ${after.size} executions`,
)
