/** L7 over real processes: whoever follows an execution has its log, whatever happens to the service meanwhile. */
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { Client } from 'perdure/client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Stage } from './stage.ts'
import { chain, fan } from './steps.ts'

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())

const placeOf = ({ run, sequence, type }: { run: number; sequence: number; type: string }) => `${run}-${sequence} ${type}`

async function logOf(id: string): Promise<string[]> {
  const { events, run } = await stage.client.handle(id).history()
  return events.map((event) => placeOf({ ...event, run }))
}

async function view(id: string, after?: string): Promise<string[]> {
  const places: string[] = []
  for await (const event of stage.client.handle(id).watch(after === undefined ? {} : { after })) places.push(placeOf(event))
  return places
}

it('S6 S7 watchers who come at different moments see the log once, through kill -9 of the service', {
  timeout: 60_000,
}, async () => {
  await stage.worker()
  const handle = await stage.client.start(chain, { n: 300 }, { id: 'watched' })
  const views = [view('watched')]
  for (const steps of [50, 120, 200]) {
    await vi.waitFor(() => expect(stage.bodies().length).toBeGreaterThan(steps), { timeout: 20_000, interval: 5 })
    views.push(view('watched'), view('watched', '1-40'))
    await stage.crash()
  }
  await handle.result()
  views.push(view('watched'))
  const log = await logOf('watched')
  for (const places of await Promise.all(views)) expect(places).toEqual(log.slice(log.length - places.length))
  const lengths = (await Promise.all(views)).map((places) => log.length - places.length)
  expect(lengths).toEqual([0, 0, 40, 0, 40, 0, 40, 0])
})

it('a socket is closed as soon as both have said so, though the execution stays awake', { timeout: 60_000 }, async () => {
  await stage.client.start(chain, { n: 1 }, { id: 'silent' })
  const address = `${stage.service.url.replace('http', 'ws')}/api/orgs/acme/workflow-executions/silent/stream`
  const socket = new WebSocket(address, ['perdure.stream.v1', `perdure.key.${stage.apiKey}`])
  const types: string[] = []
  socket.addEventListener('message', ({ data }) => types.push((JSON.parse(String(data)) as { type: string }).type))
  await once(socket, 'open')
  const closed = once(socket, 'close') as Promise<CloseEvent[]>
  await stage.client.handle('silent').terminate()
  // Reading keeps the object in memory: it is not its eviction that ends the connection.
  const reading = setInterval(() => void stage.client.handle('silent').describe(), 200)
  try {
    const [event] = await Promise.race([closed, once(AbortSignal.timeout(8_000), 'abort').then(() => [])])
    expect(event).toMatchObject({ code: 1000, reason: 'the execution is closed' })
  } finally {
    clearInterval(reading)
  }
  expect(types.at(-1)).toBe('End')
})

it('a watcher who stops listening leaves; one whose key is wrong is told', { timeout: 60_000 }, async () => {
  await stage.worker()
  await stage.client.execute(fan, { n: 3 }, { id: 'brief' })
  const seen: string[] = []
  for await (const event of stage.client.handle('brief').watch()) {
    seen.push(event.type)
    if (seen.length === 2) break
  }
  expect(seen).toHaveLength(2)
  const stranger = new Client({ url: stage.service.url, org: 'acme', apiKey: 'pd_client_wrong' })
  await expect(stranger.handle('brief').watch()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unauthenticated' })
  await expect(stage.client.handle('nobody').watch()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'not_found' })
  const controller = new AbortController()
  await stage.client.start('nobody-has-this', undefined, { id: 'waits' })
  const waiting = stage.client.handle('waits').watch({ after: 1, signal: controller.signal })[Symbol.asyncIterator]().next()
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

/** Asks for the stream, and then reads nothing. */
async function deafReader(id: string): Promise<() => void> {
  const { hostname, port } = new URL(stage.service.url)
  const socket = createConnection({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  const path = `/api/orgs/acme/workflow-executions/${id}/stream`
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${stage.apiKey}\r\n\r\n`)
  return () => socket.destroy()
}

it('100 readers of 1,000 events: one that reads nothing delays nobody', { timeout: 60_000 }, async () => {
  await stage.worker({ TASK_SLOTS: '100' })
  const handle = await stage.client.start(fan, { n: 500 }, { id: 'crowd' })
  const leave = await deafReader('crowd')
  const views = Array.from({ length: 99 }, () => view('crowd'))
  await handle.result()
  const all = await Promise.all(views)
  const log = await logOf('crowd')
  expect(log.length).toBeGreaterThan(1_000)
  for (const places of all) expect(places).toEqual(log)
  leave()
})
