/** The README does what it says: its code is the example's, and its shell lines run word for word. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKey, makeOrganisation } from '../../scripts/organisation.ts'
import { repository } from '../../scripts/repository.ts'
import { type Service, startService } from '../../scripts/service.ts'
import { startWorker } from '../../scripts/worker-process.ts'

const readme = await readFile(join(repository, 'README.md'), 'utf8')

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code ?? '')

const survey = join(repository, 'examples', 'survey')

/** The one address that the README names; a test has another port. */
const address = 'http://127.0.0.1:8787'

let data: string
let service: Service
let key: string

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'perdure-readme-'))
  service = await startService({ data })
  await makeOrganisation(service, 'default')
  key = (await makeKey(service, 'default', 'admin')).key
})

afterAll(async () => {
  await service.kill('SIGKILL')
  await rm(data, { recursive: true, force: true, maxRetries: 5 })
})

/** The JSON answers in the order of the lines; anything else that is printed fails. */
async function answersOf(script: string): Promise<unknown[]> {
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script.replaceAll(address, service.url)], {
    env: { ...process.env, PERDURE_API_KEY: key },
  })
  const printed = { out: '', errors: '' }
  shell.stdout.on('data', (chunk: Buffer) => {
    printed.out += chunk.toString()
  })
  shell.stderr.on('data', (chunk: Buffer) => {
    printed.errors += chunk.toString()
  })
  const [code] = await once(shell, 'close')
  expect(printed.errors).toBe('')
  expect(code).toBe(0)
  // Lines of curl alone print no newline between their answers.
  return printed.out
    .replaceAll('}{', '}\n{')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}

test('the workflow of the README is the one in examples/', async () => {
  expect(blocks('ts')).toEqual([await readFile(join(survey, 'survey.ts'), 'utf8')])
})

test('its worker and its client run that workflow', async () => {
  let asked = 0
  const page = createServer((_, response) => {
    asked += 1
    response.end('x'.repeat(asked))
  })
  await once(page.listen(0, '127.0.0.1'), 'listening')
  const bound = page.address()
  const url = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}/`
  const env = { PERDURE_URL: service.url, PERDURE_ORG: 'default', PERDURE_API_KEY: key }
  const worker = await startWorker({ entry: join(survey, 'worker.ts'), env })
  try {
    const client = spawn(process.execPath, [join(survey, 'start.ts'), url], { env: { ...process.env, ...env } })
    let printed = ''
    client.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
    expect(await once(client, 'close')).toEqual([0, null])
    expect(printed).toMatch(/^started [^\n]+\nchanged: \[ \{ url: '.*', bytes: 2 \} \]\n$/)
    expect(asked).toBe(2)
  } finally {
    await worker.kill()
    page.close()
  }
})

describe('the curl lines, word for word', () => {
  test('start, describe, events, queue, terminate, result', async () => {
    const [script] = blocks('sh').filter((block) => block.startsWith('curl '))
    const answers = await answersOf(script ?? '')
    expect(answers).toMatchObject([
      { id: 'greet-1', run: 1, isNew: true, status: 'PENDING' },
      { id: 'greet-1', kind: 'greet', status: 'PENDING', activation: 'queued', lastSequence: 1 },
      { events: [{ sequence: 1, type: 'WORKFLOW_STARTED', data: { input: { name: 'Ada' } } }], lastSequence: 1 },
      { queue: 'default', backlog: [{ kind: 'greet', count: 1 }], workers: 0 },
      {},
      { run: 1, status: 'TERMINATED' },
    ])
    expect(answers).toHaveLength(6)
  })

  test('a worker in the shell runs a workflow with a task', async () => {
    const [script] = blocks('sh').filter((block) => block.startsWith('api='))
    const answers = await answersOf(script ?? '')
    expect(answers).toHaveLength(6)
    expect(answers[0]).toMatchObject({ run: 1, isNew: true })
    expect(answers[4]).toEqual({ run: 1, status: 'COMPLETED', output: 'Hello, Ada' })
    expect(typesOf(answers[5])).toEqual([
      'WORKFLOW_STARTED',
      'TASK_SCHEDULED',
      'WORKFLOW_SUSPENDED',
      'TASK_COMPLETED',
      'WORKFLOW_COMPLETED',
    ])
  })
})

function typesOf(page: unknown): unknown[] {
  if (typeof page !== 'object' || page === null || !('events' in page) || !Array.isArray(page.events)) return []
  return page.events.map(({ type }: { type: unknown }) => type)
}
