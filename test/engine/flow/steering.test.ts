/** Waits, children, cancellation, pausing, time. */
import { describe, expect, it } from 'vitest'
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { childEnded } from '../../../engine/execution/children.ts'
import { awaitingOf } from '../../../engine/execution/describe.ts'
import { claim } from '../../../engine/execution/hand-out.ts'
import { pause, resume } from '../../../engine/execution/pausing.ts'
import { settlePromise } from '../../../engine/execution/promises.ts'
import { takeSignal } from '../../../engine/execution/signals.ts'
import type { FlowAction } from '../../../engine/flow/definition.ts'
import { holder } from '../execution/specimen.ts'
import { FlowSpecimen, type Sketch } from './flow-specimen.ts'

const waiting = (on: 'signal' | 'promise', timeoutMs?: number): Sketch => ({
  tasks: {
    approval: {
      action: { type: 'wait', on, name: 'yes', ...(timeoutMs !== undefined && { timeoutMs }) },
      next: [
        { publish: { answer: '{{ result() }}' }, do: ['go'] },
        { when: 'timed_out()', do: ['late'] },
        { when: 'failed()', do: ['no'] },
      ],
    },
    go: { input: '{{ vars.answer }}' },
    late: {},
    no: {},
  },
})

const signal = (specimen: FlowSpecimen, payload: string, signalId = payload) =>
  specimen.turn((draft) => takeSignal(draft, { name: 'yes', signalId, payload }))
const cancel = (specimen: FlowSpecimen) => specimen.turn((draft) => requestCancellation(draft, 'me', 'enough'))
const out = (specimen: FlowSpecimen) => specimen.out().map(({ task, input }) => (input === undefined ? task : { task, input }))

describe('wait_for', () => {
  it('a signal, with its payload; it is shown as what the run waits for', () => {
    const specimen = new FlowSpecimen().begin(waiting('signal'))
    expect(awaitingOf(specimen.run, specimen.now)).toMatchObject([{ type: 'signal', name: 'yes', since: specimen.now }])
    specimen.restart()
    expect(awaitingOf(specimen.run, specimen.now)).toMatchObject([{ type: 'signal', name: 'yes' }])
    signal(specimen, '{"by":"me"}')
    expect(out(specimen)).toEqual([{ task: 'go', input: { by: 'me' } }])
    expect(specimen.run.unreadSignals).toEqual([])
  })

  it('N4 an answer that came early counts, signal or promise', () => {
    const later = (on: 'signal' | 'promise'): Sketch => {
      const { tasks } = waiting(on, 1_000)
      return { start: ['before'], tasks: { before: { next: [{ do: ['approval'] }] }, ...tasks } }
    }
    const one = new FlowSpecimen().begin(later('signal'))
    signal(one, '1')
    one.restart()
    for (const each of one.out('before')) one.done(each)
    expect(out(one)).toEqual([{ task: 'go', input: 1 }])
    expect(one.count('TIMER_STARTED')).toBe(0)
    const other = new FlowSpecimen().begin(later('promise'))
    other.turn((draft) => settlePromise(draft, 'yes', { outcome: 'RESOLVED', payload: '2' }))
    other.restart()
    for (const each of other.out('before')) other.done(each)
    expect(out(other)).toEqual([{ task: 'go', input: 2 }])
  })

  it.each(['signal', 'promise'] as const)('the timeout edge of a %s; N7 what comes after it waits for the next', (on) => {
    const specimen = new FlowSpecimen().begin(waiting(on, 1_000))
    specimen.restart()
    specimen.advance()
    expect(out(specimen)).toEqual(['late'])
    if (on === 'signal') {
      signal(specimen, '1')
      expect(specimen.flow.inbox.get('yes')).toHaveLength(1)
    }
    specimen.drain()
    expect(specimen.status).toBe('COMPLETED')
  })

  it('a rejected promise is a failure', () => {
    const specimen = new FlowSpecimen().begin(waiting('promise'))
    specimen.turn((draft) => settlePromise(draft, 'yes', { outcome: 'REJECTED', payload: '{"type":"No","message":"no"}' }))
    expect(out(specimen)).toEqual(['no'])
  })

  it('an answer stops its timer; two that wait take one each, in order', () => {
    const approval: FlowAction = { type: 'wait', on: 'signal', name: 'yes', timeoutMs: 1_000 }
    const specimen = new FlowSpecimen().begin({
      tasks: { a: { action: approval }, b: { action: approval } },
      output: '{{ [tasks.a.output, tasks.b.output] }}',
    })
    specimen.turn((draft) => pause(draft, 'me', undefined))
    signal(specimen, '1')
    signal(specimen, '2')
    expect(specimen.count('FLOW_TASK_CLOSED')).toBe(0)
    specimen.restart()
    specimen.turn((draft) => resume(draft, 'me', undefined))
    expect(specimen.count('TIMER_CANCELLED')).toBe(2)
    expect(specimen.output).toEqual([1, 2])
  })

  it('an answer that came while paused, before the timer fired, counts', () => {
    const specimen = new FlowSpecimen().begin(waiting('signal', 1_000))
    specimen.turn((draft) => pause(draft, 'me', undefined))
    signal(specimen, '1')
    specimen.advance()
    expect(specimen.count('TIMER_FIRED')).toBe(1)
    specimen.turn((draft) => resume(draft, 'me', undefined))
    expect(out(specimen)).toEqual([{ task: 'go', input: 1 }])
  })

  it('F12 parked items and waits have no deadline', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { ...waiting('signal').tasks, fan: { items: { in: [1, 2, 3] } } } })
    specimen.now += 30 * 86_400_000
    specimen.tick()
    expect(specimen.types().slice(-1)).toEqual(['TASK_SCHEDULED'])
    signal(specimen, '1')
    specimen.drain()
    expect(specimen.status).toBe('COMPLETED')
  })
})

describe('children', () => {
  const parent = (input?: string): Sketch => ({
    tasks: {
      sub: {
        action: { type: 'flow', kind: 'flow:sub@2', ...(input !== undefined && { input }) },
        next: [{ publish: { got: '{{ result() }}' } }],
      },
    },
    output: '{{ vars.got }}',
  })

  it('F14 a child flow gets the input that is written, nothing else; its output is the result', () => {
    const specimen = new FlowSpecimen().begin(parent(), { secret: 1 })
    const initiated = specimen.log.find(({ type }) => type === 'CHILD_WORKFLOW_INITIATED')
    expect(initiated).toMatchObject({ data: { childId: 'child-1', kind: 'flow:sub@2' } })
    expect(initiated?.payload).toBeUndefined()
    expect(
      new FlowSpecimen().begin(parent('{{ input }}'), { a: 1 }).log.find(({ type }) => type === 'CHILD_WORKFLOW_INITIATED')
        ?.payload,
    ).toBe('{"a":1}')
    const executionId = specimen.run.children.get('child-1')?.executionId ?? ''
    specimen.restart()
    const ended = {
      type: 'child-ended',
      parent: { run: 1, childId: 'child-1' },
      executionId,
      outcome: 'COMPLETED',
      payload: '[5]',
    } as const
    specimen.turn((draft) => childEnded(draft, ended))
    expect(specimen.output).toEqual([5])
  })

  it('a child that fails fails its task', () => {
    const specimen = new FlowSpecimen().begin(parent())
    const executionId = specimen.run.children.get('child-1')?.executionId ?? ''
    const payload = '{"type":"Bad","message":"bad"}'
    specimen.turn((draft) =>
      childEnded(draft, { type: 'child-ended', parent: { run: 1, childId: 'child-1' }, executionId, outcome: 'FAILED', payload }),
    )
    expect(specimen.failure).toMatchObject({ type: 'FLOW_TASK_FAILED', cause: { type: 'Bad' } })
  })
})

describe('cancellation', () => {
  const fan = (cancellation: 'cancel_running' | 'allow_finish'): Sketch => ({
    cancellation,
    onCancel: ['undo'],
    tasks: {
      work: { items: { in: [1, 2, 3, 4], concurrency: 2 }, next: [{ when: 'always()', do: ['after'] }] },
      after: {},
      undo: {},
    },
  })

  it('F10 cancel_running: what is out is cancelled, what is parked never goes out, then on_cancel, then the end', () => {
    const specimen = new FlowSpecimen().begin(fan('cancel_running'))
    cancel(specimen)
    expect(specimen.count('TASK_CANCELLED')).toBe(2)
    expect(out(specimen)).toEqual(['undo'])
    specimen.restart()
    specimen.drain()
    expect(specimen.status).toBe('CANCELLED')
    expect(specimen.outcomes()).toEqual(['work#1 cancelled', 'undo#1 succeeded'])
    expect(specimen.data('FLOW_TASK_CLOSED')[0]).toMatchObject({ counters: { skipped: 2, total: 4 } })
  })

  it('W14 cancel_running waits for a worker that has the task', () => {
    const specimen = new FlowSpecimen().begin(fan('cancel_running'))
    const [parcel] = specimen.claim('task', 'work', 1)
    if (parcel === undefined) throw new Error('nothing to claim')
    cancel(specimen)
    expect(specimen.count('TASK_CANCELLATION_REQUESTED')).toBe(1)
    expect(out(specimen)).toEqual(['work'])
    specimen.fail(parcel, { type: 'CANCELLED' })
    expect(out(specimen)).toEqual(['undo'])
  })

  it('allow_finish: what is out settles, nothing follows', () => {
    const specimen = new FlowSpecimen().begin(fan('allow_finish'))
    cancel(specimen)
    expect(out(specimen)).toEqual(['work', 'work'])
    specimen.drain()
    expect(specimen.status).toBe('CANCELLED')
    expect(specimen.outcomes()[0]).toBe('work#1 cancelled')
  })

  it('F10 a wait is over at once, under both policies', () => {
    for (const cancellation of ['cancel_running', 'allow_finish'] as const) {
      for (const on of ['signal', 'promise'] as const) {
        const specimen = new FlowSpecimen().begin({ ...waiting(on, 1_000), cancellation })
        cancel(specimen)
        expect(specimen.status).toBe('CANCELLED')
        expect(specimen.outcomes()).toEqual(['approval#1 cancelled'])
      }
    }
  })

  it('F10 one item alone that is cancelled does not strand the run', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { work: { items: { in: [1, 2], concurrency: 2 } } } })
    const [parcel] = specimen.claim('task', 'work', 1)
    if (parcel === undefined) throw new Error('nothing to claim')
    specimen.turn((draft) => draft.append('TASK_CANCELLED', { taskId: parcel.id, attempt: 1 }))
    specimen.drain()
    expect(specimen.outcomes()).toEqual(['work#1 cancelled'])
    expect(specimen.status).toBe('FAILED')
  })
})

describe('pausing', () => {
  it('what is out settles and nothing starts, until it is resumed, also after a restart', () => {
    const specimen = new FlowSpecimen().begin({
      tasks: { work: { items: { in: [1, 2, 3, 4], concurrency: 2 }, next: [{ do: ['after'] }] }, after: {} },
    })
    const parcels = specimen.claim('task', 'work', 2)
    specimen.turn((draft) => pause(draft, 'me', undefined))
    for (const parcel of parcels) specimen.complete(parcel)
    expect(out(specimen)).toEqual([])
    specimen.restart()
    specimen.tick()
    expect(specimen.status).toBeUndefined()
    specimen.turn((draft) => resume(draft, 'me', undefined))
    expect(out(specimen)).toEqual(['work', 'work'])
    specimen.drain()
    expect(specimen.outcomes()).toEqual(['work#1 succeeded', 'after#1 succeeded'])
  })

  it('cancelled while paused, it ends when it is resumed', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { a: {} } })
    specimen.turn((draft) => pause(draft, 'me', undefined))
    cancel(specimen)
    specimen.turn((draft) => resume(draft, 'me', undefined))
    expect(specimen.status).toBe('CANCELLED')
  })
})

describe('time', () => {
  it('a run that is to start later begins then, and has its own timeout', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { a: {} }, timeoutMs: 5_000 }, undefined, { startAfterMs: 1_000 })
    expect(specimen.types()).toEqual(['WORKFLOW_STARTED'])
    specimen.restart()
    specimen.advance()
    expect(out(specimen)).toEqual(['a'])
    specimen.advance()
    expect(specimen.status).toBe('TIMED_OUT')
  })

  it('a run that has begun goes on where the clock is behind', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { a: { next: [{ do: ['b'] }] }, b: {} } })
    specimen.now -= 60_000
    specimen.restart()
    specimen.drain()
    expect(specimen.status).toBe('COMPLETED')
  })

  it('timeout is that of each attempt, and the retry policy is the task’s', () => {
    const specimen = new FlowSpecimen().begin({
      tasks: {
        a: {
          timeoutMs: 60_000,
          retry: { maximumAttempts: 2, initialIntervalMs: 10 },
          queue: 'slow',
          priority: 7,
          next: [{ when: 'timed_out()' }],
        },
      },
    })
    expect(specimen.data('TASK_SCHEDULED')[0]).toMatchObject({
      queue: 'slow',
      priority: 7,
      timeouts: { startToCloseMs: 60_000 },
      retry: { maximumAttempts: 2, initialIntervalMs: 10 },
    })
    const asked = { run: 1, type: 'task', kind: 'a', priority: 7, count: 1 } as const
    for (const attempt of [1, 2]) {
      const [parcel] = specimen.turn((draft) => claim(draft, { ...asked, holder: { ...holder('s1'), queue: 'slow' } })).parcels
      expect(parcel).toMatchObject({ attempt })
      specimen.now += 60_000
      specimen.tick()
      specimen.now += 1_000
      specimen.tick()
    }
    expect(specimen.outcomes()).toEqual(['a#1 timed_out'])
    expect(specimen.status).toBe('COMPLETED')
  })
})
