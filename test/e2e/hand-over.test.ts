/** `ctx.handOver()`: the worker is done with the attempt, and somebody else completes it over HTTP. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Stage } from './stage.ts'

const entry = fileURLToPath(new URL('./stopping-worker.ts', import.meta.url))
const soon = { timeout: 20_000, interval: 20 }

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open({ entry })
})
afterEach(() => stage.close())

const base = () => `${stage.service.url}/api/orgs/acme/workflow-executions/contract`
const headers = () => ({ Authorization: `Bearer ${stage.apiKey}`, 'Content-Type': 'application/json' })

/** As somebody does who knows the token alone. */
async function post(what: 'complete' | 'fail' | 'heartbeat', body: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${base()}/tasks/task-1/${what}`, {
    method: 'POST',
    headers: headers(),
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

/** The token of an attempt, once the worker has given it up. */
async function token(attempt: number): Promise<string> {
  await vi.waitFor(
    async () => expect((await stage.client.handle('contract').describe()).awaiting).toMatchObject([{ why: handed(attempt) }]),
    soon,
  )
  const line = stage.bodies().find((each) => each.startsWith(`token contract ${attempt} `))
  return line?.split(' ')[3] ?? ''
}

const handed = (attempt: number) => `attempt ${attempt} was handed over: whoever has its token completes it`
const start = (input: object) => stage.client.start('watched', { task: 'sign', ...input }, { id: 'contract' })

describe('a task that was handed over', () => {
  it('frees its slot; the worker is killed; completed over HTTP, with that value', async () => {
    const worker = await stage.worker({ TASK_SLOTS: '1' })
    const handle = await start({})
    const held = await token(1)
    expect(stage.bodies()).toContain('ended sign HANDED_OVER')
    expect(await stage.client.execute('watched', { task: 'quick' })).toEqual({ output: 'quick' })
    await worker.kill('SIGKILL')
    await stage.crash()
    const next = await stage.worker()
    expect(await post('heartbeat', { token: held, details: { signed: 1 } })).toMatchObject({ body: { cancelRequested: false } })
    expect(await post('complete', { token: held, output: 'signed' })).toMatchObject({ status: 200 })
    expect(await handle.result()).toEqual({ output: 'signed' })
    expect(stage.bodies().filter((line) => line.startsWith('token'))).toHaveLength(1)
    await next.kill('SIGTERM')
  })

  it('details of its last heartbeat are not lost; it fails over HTTP, and the next attempt has another token', async () => {
    await stage.worker()
    const handle = await start({ options: { retry: { initialInterval: 1 } } })
    const first = await token(1)
    const { lastHeartbeat } = (await (await fetch(`${base()}/tasks/task-1`, { headers: headers() })).json()) as Record<
      string,
      unknown
    >
    expect(lastHeartbeat).toEqual({ sent: true })
    await post('fail', { token: first, failure: { type: 'Refused', message: 'not like this' } })
    const second = await token(2)
    expect(second).not.toBe(first)
    expect(await post('complete', { token: first })).toMatchObject({ status: 409, body: { code: 'stale_attempt' } })
    await post('complete', { token: second, output: 'signed' })
    expect(await handle.result()).toEqual({ output: 'signed' })
  })

  it('a throw after it fails the attempt like any other', async () => {
    await stage.worker()
    const handle = await start({ input: { fails: true }, options: { retry: { initialInterval: 1 } } })
    await post('complete', { token: await token(2), output: 'signed' })
    expect(await handle.result()).toEqual({ output: 'signed' })
    expect(stage.bodies().filter((line) => line.startsWith('ended'))).toEqual(['ended sign FAILED', 'ended sign HANDED_OVER'])
  })

  it('its limits hold: START_TO_CLOSE ends it', async () => {
    await stage.worker()
    const handle = await start({ options: { startToCloseTimeout: 500, retry: { maximumAttempts: 1 } } })
    expect(await handle.result()).toEqual({ cause: { timeout: 'START_TO_CLOSE' } })
  })

  it('W14 a cancellation is told by the heartbeat', async () => {
    await stage.worker()
    const handle = await start({ cancelAfter: 300 })
    const held = await token(1)
    await vi.waitFor(
      async () => expect(await post('heartbeat', { token: held })).toMatchObject({ body: { cancelRequested: true } }),
      soon,
    )
    await post('fail', { token: held, failure: { type: 'CANCELLED', message: 'as asked' } })
    expect(await handle.result()).toEqual({ cancelled: true })
  })
})
