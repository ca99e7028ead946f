/**
 * `npm run bench:tokens`: a task in one process says tokens at a steady pace, a reader in another reads them. What that costs for
 * each 1,000 of them: frames, requests of the worker, messages of the stream, commits and pages written anywhere in the service.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Client } from 'perdure/client'
import { makeKey, makeOrganisation } from '../scripts/organisation.ts'
import { startService } from '../scripts/service.ts'
import { talking } from './token-worker.ts'
import { type Written, writtenIn } from './write-ahead.ts'

const { values } = parseArgs({
  options: { tokens: { type: 'string', default: '4000' }, 'per-second': { type: 'string', default: '1000' } },
})
const tokens = Number(values.tokens)
const perSecond = Number(values['per-second'])
const org = 'bench'
const data = await mkdtemp(join(tmpdir(), 'perdure-bench-'))
const service = await startService({ data })
await makeOrganisation(service, org)
const { key } = await makeKey(service, org, 'admin')
const env = { ...process.env, PERDURE_URL: service.url, PERDURE_ORG: org, PERDURE_API_KEY: key }
const worker = fork(fileURLToPath(new URL('token-worker.ts', import.meta.url)), {
  env,
  execArgv: ['--disable-warning=ExperimentalWarning'],
})

interface Cost extends Written {
  requests: number
  at: number
}

async function costs(): Promise<Cost> {
  worker.send('how much')
  const [metrics] = (await once(worker, 'message')) as [{ requests: number }]
  return { ...(await writtenIn(data)), requests: metrics.requests, at: performance.now() }
}

try {
  await once(worker, 'message')
  const client = new Client({ url: service.url, org, apiKey: key })
  await client.start(talking, { tokens, perSecond }, { id: 'talk', startAfter: '300ms' })
  let before: Cost | undefined
  let after: Cost | undefined
  let read = 0
  let bytes = 0
  for await (const frame of client.watchTask('talk', 'task-1')) {
    if (frame.type !== 'Token') continue
    if (frame.index !== read || frame.text !== `${read} `) throw new Error(`token ${read} came as ${frame.index}: ${frame.text}`)
    read += 1
    bytes += JSON.stringify(frame).length
    // Between the two nothing happens but tokens.
    if (read === tokens / 4) before = await costs()
    if (read === (3 * tokens) / 4) after = await costs()
  }
  await client.handle('talk').result()
  if (before === undefined || after === undefined || read !== tokens) throw new Error(`${read} of ${tokens} tokens came`)
  const share = 1_000 / (tokens / 2)
  const each = (value: number): string => (value * share).toFixed(1)
  console.log(
    [
      `${tokens} tokens at ${perSecond} a second; all came in order; ${((tokens / 2 / (after.at - before.at)) * 1_000).toFixed(0)} a second arrived`,
      'for each 1,000 tokens:',
      `  frames at the reader            ${each(tokens / 2)}   (${(bytes / tokens).toFixed(0)} bytes each)`,
      `  requests of the worker          ${each(after.requests - before.requests)}`,
      `  commits in the service          ${each(after.commits - before.commits)}`,
      `  pages written in the service    ${each(after.pages - before.pages)}   (a row is at least one)`,
      `for comparison, from the start of the service to the first of them: ${before.commits} commits, ${before.pages} pages`,
    ].join('\n'),
  )
} finally {
  worker.kill('SIGKILL')
  await service.kill('SIGKILL')
  await rm(data, { recursive: true, force: true })
}
