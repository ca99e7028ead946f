/**
 * `npm run demo:images [-- folder]`: draws pictures, runs the flow `image-pipeline` over them, and says where to look. One
 * of the pictures is only half there at first, and one file is no picture.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'perdure/client'
import { makeKey, makeOrganisation } from '../../scripts/organisation.ts'
import { type Service, startService } from '../../scripts/service.ts'
import { startWorker } from '../../scripts/worker-process.ts'
import { draw, drawAll, drawings } from './drawings.ts'

const org = 'demo'
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** Draws them. What it tells at the end: when the last of them is whole. */
async function prepare(folder: string): Promise<{ whole: Promise<void> }> {
  const [late, ...others] = drawings(12)
  if (late === undefined) throw new Error('there is nothing to draw')
  await drawAll(folder, others)
  const bytes = await draw(late)
  await writeFile(join(folder, late.name), bytes.subarray(0, bytes.length / 2))
  await writeFile(join(folder, 'notes.png'), 'This is no picture.')
  return { whole: pause(1_500).then(() => writeFile(join(folder, late.name), bytes)) }
}

interface Made {
  pictures: { name: string }[]
  left_out: number
  sheet: { name: string }
  page: string
}

interface Items {
  items: { key: string; status: string; attempts: number }[]
}

async function run(service: Service, folder: string): Promise<void> {
  await makeOrganisation(service, org)
  const { key: apiKey } = await makeKey(service, org, 'admin')
  const headers = { Authorization: `Bearer ${apiKey}` }
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const answer = await fetch(`${service.url}/api/orgs/${org}/${path}`, { ...init, headers: { ...init.headers, ...headers } })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return answer.json()
  }
  const flow = await readFile(here('image-pipeline.yaml'))
  await ask('flows/image-pipeline', { method: 'PUT', body: flow, headers: { 'Content-Type': 'application/yaml' } })
  const env = { PERDURE_URL: service.url, PERDURE_ORG: org, PERDURE_API_KEY: apiKey }
  const worker = await startWorker({ entry: here('worker.ts'), env })
  const [from, to] = [join(folder, 'drawings'), join(folder, 'made')]
  const { whole } = await prepare(from)
  const client = new Client({ url: service.url, org, apiKey })
  const { pictures, left_out, sheet, page } = await client.execute<Made>('flow:image-pipeline', { from, to }, { id: 'images' })
  await whole
  const { items } = (await ask('workflow-executions/images/tasks?task=resize')) as Items
  for (const { key, status, attempts } of items) {
    if (attempts > 1 || status !== 'succeeded') console.log(`${key} ${status} at attempt ${attempts}`)
  }
  console.log(`${pictures.length} pictures made smaller, ${left_out} left out`)
  console.log(`the sheet: ${join(to, sheet.name)}\nthe page:  ${join(to, page)}`)
  await worker.kill('SIGKILL')
}

const folder = process.argv[2] === undefined ? await mkdtemp(join(tmpdir(), 'perdure-images-')) : resolve(process.argv[2])
const data = await mkdtemp(join(tmpdir(), 'perdure-demo-'))
const service = await startService({ data })
try {
  await run(service, folder)
} finally {
  await service.kill('SIGKILL')
  await rm(data, { recursive: true, force: true, maxRetries: 5 })
}
