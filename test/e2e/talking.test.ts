/**
 * The client's words to an execution, on the real service without a worker: what they leave in the log. Every first
 * answer is lost on the way, so everything is sent twice. N5: and counts once.
 */
import { ApplicationFailure } from 'perdure'
import { Client } from 'perdure/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LossyProxy } from './lossy-proxy.ts'
import { Stage } from './stage.ts'

let stage: Stage
let proxy: LossyProxy
let client: Client
beforeAll(async () => {
  stage = await Stage.open()
  proxy = await LossyProxy.open(stage.service.url)
  client = new Client({ url: proxy.url, org: 'acme', apiKey: stage.apiKey })
})
afterAll(async () => {
  proxy.close()
  await stage.close()
})

/** The log without what differs from run to run. */
async function logOf(id: string) {
  const { events } = await stage.client.handle(id).history()
  return events.slice(1).map(({ type, data }) => ({ type, ...data }))
}

test('N5: signals are in the log once each, in the order in which they were sent', async () => {
  const handle = await client.start('nobody-has-it', undefined, { id: 'talk-1' })
  const before = proxy.lost
  await handle.signal('said', { n: 1n })
  await handle.signal('said', { n: 2n })
  await handle.signal('nudge', undefined, { signalId: 'mine' })
  await handle.signal('nudge', undefined, { signalId: 'mine' })
  expect(proxy.lost - before).toBe(3)
  const signalId = expect.stringMatching(/^[\w-]{36}$/)
  expect(await logOf('talk-1')).toEqual([
    { type: 'SIGNAL_RECEIVED', name: 'said', payload: { n: { $bigint: '1' } }, signalId },
    { type: 'SIGNAL_RECEIVED', name: 'said', payload: { n: { $bigint: '2' } }, signalId },
    { type: 'SIGNAL_RECEIVED', name: 'nudge', signalId: 'mine' },
  ])
})

test('N4 N5: a signal with a start makes one execution and one signal; the next only signals', async () => {
  const options = { signal: 'said', payload: 'hello', id: 'talk-2' }
  const first = await client.signalWithStart('nobody-has-it', { room: 1 }, options)
  const second = await client.signalWithStart('nobody-has-it', { room: 1 }, { ...options, payload: 'again' })
  expect([first.id, first.run, second.id, second.run]).toEqual(['talk-2', 1, 'talk-2', 1])
  expect((await logOf('talk-2')).map((event) => 'payload' in event && event.payload)).toEqual(['hello', 'again'])
  const [one, other] = [
    await client.signalWithStart('nobody-has-it', undefined, { signal: 'said' }),
    await client.signalWithStart('nobody-has-it', undefined, { signal: 'said' }),
  ]
  expect(one.id).not.toBe(other.id)
  for (const { id } of [one, other]) expect(await logOf(id)).toHaveLength(1)
})

test('N6: a promise that no code has made yet is settled once, by name; by an unknown id it is not found', async () => {
  const handle = await client.start('nobody-has-it', undefined, { id: 'talk-3' })
  expect(await handle.resolvePromise('review', { ok: true })).toEqual({ alreadySettled: false })
  expect(await client.rejectPromise('talk-3', 'review', new ApplicationFailure('no'))).toEqual({ alreadySettled: true })
  await expect(client.resolvePromise('talk-3', 'promise-1')).rejects.toMatchObject({ code: 'not_found' })
})

test('N5: pause, resume and cancel are in the log once, with their reasons', async () => {
  const handle = await client.start('nobody-has-it', undefined, { id: 'talk-4' })
  await handle.pause('a rest')
  expect(await handle.describe()).toMatchObject({ status: 'PAUSED', paused: true })
  await handle.resume()
  await handle.cancel('enough')
  expect(await handle.describe()).toMatchObject({ status: 'CANCELLING', paused: false, cancelRequested: true })
  expect(await logOf('talk-4')).toMatchObject([
    { type: 'WORKFLOW_PAUSED', reason: 'a rest' },
    { type: 'WORKFLOW_RESUMED' },
    { type: 'CANCELLATION_REQUESTED', reason: 'enough' },
  ])
})

test('N13: to a closed execution everything is refused, and its log stays as it is', async () => {
  const handle = await client.start('nobody-has-it', undefined, { id: 'talk-5' })
  await handle.terminate('over')
  const refused = { code: 'already_closed', status: 409 }
  await expect(handle.signal('said', 1)).rejects.toMatchObject(refused)
  await expect(client.signalWithStart('nobody-has-it', undefined, { id: 'talk-5', signal: 'said' })).rejects.toMatchObject(
    refused,
  )
  await expect(handle.resolvePromise('review')).rejects.toMatchObject(refused)
  await expect(handle.rejectPromise('review', 'no')).rejects.toMatchObject(refused)
  await expect(handle.pause()).rejects.toMatchObject(refused)
  await expect(handle.resume()).rejects.toMatchObject(refused)
  await expect(handle.cancel()).rejects.toMatchObject(refused)
  expect(await logOf('talk-5')).toMatchObject([{ type: 'WORKFLOW_TERMINATED', reason: 'over' }])
})

test('what was never started is not found', async () => {
  const handle = client.handle('talk-0')
  await expect(handle.signal('said')).rejects.toMatchObject({ code: 'not_found', status: 404 })
  await expect(handle.cancel()).rejects.toMatchObject({ code: 'not_found' })
  await expect(handle.resolvePromise('review')).rejects.toMatchObject({ code: 'not_found' })
})
