/** W10, W12: every option of a task, seen at the other end: in the log, in its attempts, in what the code catches. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Stage } from './stage.ts'
import { attempt } from './steps.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
  await stage.worker()
})
afterAll(() => stage.close())

let count = 0
type Input = Parameters<typeof attempt.run>[1]

async function run(input: Input) {
  count += 1
  const handle = await stage.client.start(attempt, input, { id: `attempt-${count}` })
  const result = await handle.result()
  const { events } = await handle.history()
  const scheduled = events.find(({ type }) => type === 'TASK_SCHEDULED')
  const response = await fetch(`${stage.service.url}/api/orgs/acme/workflow-executions/${handle.id}/tasks/task-1`, {
    headers: { Authorization: `Bearer ${stage.apiKey}` },
  })
  const described = (await response.json()) as {
    status: string
    attempts: { attempt: number; startedAt?: number; endedAt?: number; outcome?: string }[]
  }
  return { result, scheduled, events, described }
}

const flaky = (failures: number, more: object = {}) => ({ kind: 'flaky', input: { key: `flaky-${count}`, failures, ...more } })

describe('retry', () => {
  it('initialInterval, backoffCoefficient, maximumInterval: attempts are listed with their times', async () => {
    const retry = { initialInterval: 40, backoffCoefficient: 4, maximumInterval: 100, maximumAttempts: 5 }
    const { result, scheduled, described } = await run({ ...flaky(3), options: { retry } })
    expect(result).toEqual({ ok: 4 })
    expect(scheduled).toMatchObject({
      data: { retry: { initialIntervalMs: 40, backoffCoefficient: 4, maximumIntervalMs: 100, maximumAttempts: 5 } },
    })
    expect(described.attempts.map(({ outcome }) => outcome)).toEqual(['FAILED', 'FAILED', 'FAILED', 'COMPLETED'])
    const waits = described.attempts
      .slice(1)
      .map(({ startedAt = 0 }, index) => startedAt - (described.attempts[index]?.endedAt ?? 0))
    expect(waits.map((ms, index) => ms >= ([36, 90, 90][index] ?? 0))).toEqual([true, true, true])
  })

  it('maximumAttempts: the last failure is what the code catches', async () => {
    const { result, described } = await run({ ...flaky(9), options: { retry: { maximumAttempts: 2, initialInterval: 1 } } })
    expect(result).toMatchObject({ name: 'TaskFailure', cause: { type: 'Flaky', message: 'attempt 2 fails' } })
    expect(described.attempts).toHaveLength(2)
  })

  it('W10 nonRetryable by type, and by the failure’s own flag: one attempt', async () => {
    expect((await run({ ...flaky(9), options: { retry: { nonRetryable: ['Flaky'] } } })).described.attempts).toHaveLength(1)
    expect((await run({ ...flaky(9, { nonRetryable: true }) })).described.attempts).toHaveLength(1)
  })

  it('retryAfter of the failure takes the place of the back-off', async () => {
    const { result, described } = await run({
      ...flaky(1, { retryAfter: 30 }),
      options: { retry: { initialInterval: '1 hour' } },
    })
    expect(result).toEqual({ ok: 2 })
    expect(described.attempts).toHaveLength(2)
  })
})

describe('timeouts', () => {
  it('startToCloseTimeout ends each attempt, and its signal is aborted', async () => {
    const options = { startToCloseTimeout: 60, retry: { maximumAttempts: 2, initialInterval: 1 } }
    const { result, described } = await run({ kind: 'endless', input: { key: `endless-${count}` }, options })
    expect(result).toMatchObject({
      name: 'TaskFailure',
      cause: { name: 'TimeoutFailure', details: { timeout: 'START_TO_CLOSE' } },
    })
    expect(described.attempts).toHaveLength(2)
    await vi.waitFor(() => expect(stage.bodies().filter((line) => line.startsWith('aborted'))).not.toEqual([]), {
      timeout: 5_000,
    })
  })

  it('scheduleToCloseTimeout ends the task over all attempts', async () => {
    const { result } = await run({
      ...flaky(1_000),
      options: { scheduleToCloseTimeout: 150, retry: { initialInterval: 20, backoffCoefficient: 1, maximumAttempts: 0 } },
    })
    expect(result).toMatchObject({ cause: { name: 'TimeoutFailure', details: { timeout: 'SCHEDULE_TO_CLOSE' } } })
  })

  it('scheduleToStartTimeout ends a task that no worker takes', async () => {
    const { result, described } = await run({ kind: 'nobody', input: {}, options: { scheduleToStartTimeout: 50 } })
    expect(result).toMatchObject({ cause: { name: 'TimeoutFailure', details: { timeout: 'SCHEDULE_TO_START' } } })
    expect(described).toMatchObject({ status: 'TIMED_OUT' })
  })

  it('heartbeatTimeout ends a silent attempt; details go to the next, and one that beats goes on', async () => {
    const options = { heartbeatTimeout: 400, retry: { maximumAttempts: 2, initialInterval: 1 } }
    const { result, described } = await run({ kind: 'beating', input: { key: `beating-${count}` }, options })
    expect(result).toEqual({ ok: { resumedFrom: 3 } })
    expect(described.attempts.map(({ outcome }) => outcome)).toEqual(['TIMED_OUT', 'COMPLETED'])
  })
})

describe('place', () => {
  it('queue: another queue’s worker runs it', async () => {
    const other = await stage.worker({ QUEUE: 'other' })
    const { result, scheduled } = await run({ kind: 'where', input: {}, options: { queue: 'other' } })
    expect(result).toEqual({ ok: other.pid })
    expect(scheduled).toMatchObject({ data: { queue: 'other' } })
  })

  it('priority: the higher goes first on a busy worker', async () => {
    await stage.worker({ QUEUE: 'narrow', TASK_SLOTS: '1' })
    const first = await stage.client.start(
      attempt,
      { kind: 'hold', input: { until: stage.path('go') }, options: { queue: 'narrow' } },
      { id: 'first' },
    )
    await vi.waitFor(() => expect(stage.bodies().some((line) => line.startsWith('first '))).toBe(true), { timeout: 10_000 })
    const handles = []
    for (const priority of [-7, 0, 7]) {
      handles.push(
        await stage.client.start(
          attempt,
          { kind: 'where', input: {}, options: { queue: 'narrow', priority } },
          { id: `ranked${priority}` },
        ),
      )
    }
    const backlog = async () => {
      const response = await fetch(`${stage.service.url}/api/orgs/acme/queues/narrow`, {
        headers: { Authorization: `Bearer ${stage.apiKey}` },
      })
      return ((await response.json()) as { backlog: { kind: string; count: number }[] }).backlog
    }
    await vi.waitFor(async () => expect(await backlog()).toMatchObject([{ kind: 'where', count: 3 }]), { timeout: 10_000 })
    stage.release('go')
    await Promise.all([first, ...handles].map((handle) => handle.result()))
    const order = stage.bodies().flatMap((line) => (line.startsWith('where ranked') ? [line.split(' ')[1]] : []))
    expect(order).toEqual(['ranked7', 'ranked0', 'ranked-7'])
  })
})
