/** W8, W13, W14: real workers whose tasks are cancelled, run out of time or are given away: told why, and how far they were. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Cable } from './cable.ts'
import { Stage } from './stage.ts'

const entry = fileURLToPath(new URL('./stopping-worker.ts', import.meta.url))
const soon = { timeout: 20_000, interval: 20 }

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open({ entry })
})
afterEach(() => stage.close())

const notes = (what: string): string[] => stage.bodies().filter((line) => line.startsWith(what))

const start = (input: { task: string; input?: object; options?: object; cancelAfter?: number }) =>
  stage.client.start('watched', input, { id: 'watched-1' })

/** As another process sees the task. */
async function described() {
  const url = `${stage.service.url}/api/orgs/acme/workflow-executions/watched-1/tasks/task-1`
  const response = await fetch(url, { headers: { Authorization: `Bearer ${stage.apiKey}` } })
  return (await response.json()) as { status: string; attempt: number; lastHeartbeat?: unknown; attempts: object[] }
}

describe('a task that is asked to stop', () => {
  it('W8 W14 cancelled: its signal says CancelledFailure; rejecting with that is TASK_CANCELLED, no failure', async () => {
    await stage.worker()
    const handle = await start({ task: 'listens', cancelAfter: 200 })
    expect(await handle.result()).toEqual({ cancelled: true })
    expect(notes('stopped')).toEqual(['stopped 1 CancelledFailure'])
    const types = (await handle.history()).events.map(({ type }) => type)
    expect(types).toContain('TASK_CANCELLATION_REQUESTED')
    expect(types).toContain('TASK_CANCELLED')
    expect(types).not.toContain('TASK_FAILED')
    expect(await described()).toMatchObject({ status: 'CANCELLED', attempt: 1 })
  })

  it.each([
    ['START_TO_CLOSE', { startToCloseTimeout: 300 }],
    ['SCHEDULE_TO_CLOSE', { scheduleToCloseTimeout: 300 }],
    ['HEARTBEAT', { heartbeatTimeout: 300 }],
  ])('W8 %s: its signal says TimeoutFailure, and which', async (timeout, options) => {
    await stage.worker()
    const handle = await start({ task: 'listens', options: { ...options, retry: { maximumAttempts: 1 } } })
    expect(await handle.result()).toEqual({ cause: { timeout } })
    await vi.waitFor(() => expect(notes('stopped')).toEqual([`stopped 1 TimeoutFailure {"timeout":"${timeout}"}`]), soon)
    expect((await handle.history()).events.filter(({ type }) => type === 'TASK_TIMED_OUT')).toHaveLength(1)
  })

  it('W7 W8 given to another worker: the first is told so when it is back, and its answer counts for nothing', async () => {
    const cable = await Cable.to(stage.service.port)
    try {
      await stage.worker({}, cable.url)
      const handle = await start({ task: 'listens', options: { retry: { maximumAttempts: 2 } } })
      await vi.waitFor(() => expect(notes('begun')).toEqual(['begun 1']), soon)
      cable.cut()
      await stage.worker()
      await vi.waitFor(() => expect(notes('begun')).toEqual(['begun 1', 'begun 2']), soon)
      expect(notes('stopped')).toEqual([])
      cable.mend()
      await vi.waitFor(() => expect(notes('stopped')).toEqual(['stopped 1 CancelledFailure']), soon)
      expect(await described()).toMatchObject({ status: 'RUNNING', attempt: 2 })
      expect((await handle.history()).events.map(({ type }) => type)).not.toContain('TASK_CANCELLED')
    } finally {
      cable.close()
    }
  })
})

describe('W13 heartbeats', () => {
  it('details reach a reader in another process while the task runs, and the next attempt, in another worker', async () => {
    const first = await stage.worker()
    const handle = await start({ task: 'resumes', input: { until: stage.path('never') } })
    await vi.waitFor(async () => expect(await described()).toMatchObject({ status: 'RUNNING', lastHeartbeat: { page: 3 } }), soon)
    await first.kill('SIGKILL')
    await stage.worker()
    expect(await handle.result()).toEqual({ output: { page: 3 } })
    expect(await described()).toMatchObject({ status: 'COMPLETED', attempt: 2 })
  })

  it('and the next attempt in the same worker, after a failure', async () => {
    await stage.worker()
    const input = { until: stage.path('go') }
    const handle = await start({ task: 'resumes', input, options: { retry: { initialInterval: 1 } } })
    await vi.waitFor(async () => expect(await described()).toMatchObject({ lastHeartbeat: { page: 3 } }), soon)
    stage.release('go')
    expect(await handle.result()).toEqual({ output: { page: 3 } })
  })
})
