/** W8 W14: cancelling a run, and a task in each of its phases. */
import { describe, expect, it } from 'vitest'
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { terminate } from '../../../engine/execution/closing.ts'
import { statusOf } from '../../../engine/execution/describe.ts'
import { lost } from '../../../engine/execution/holders.ts'
import { holder, Specimen, schedule } from './specimen.ts'
import { pauseIt } from './talking.ts'

const cancelTask = { type: 'CANCEL_TASK' as const, taskId: 'task-1' }

/** With a task, and an activation that will cancel it. */
function withTask(more: Parameters<typeof schedule>[1] = {}): Specimen {
  return Specimen.running([schedule(1, more), { type: 'START_TIMER', timerId: 'timer-1', durationMs: 0 }])
}

function cancel(specimen: Specimen): void {
  specimen.tick()
  const said = specimen.answer(specimen.activate('s9'), [cancelTask, cancelTask], {}, 's9')
  if (!said.ok) throw new Error(said.refusal.message)
}

const taskEvents = ({ log }: Specimen): string[] =>
  log.filter((event) => 'taskId' in event.data && event.type !== 'TASK_SCHEDULED').map(({ type }) => type)

const told = ({ outbox }: Specimen) =>
  [...outbox.values()].flatMap(({ message }) => (message.type === 'release' ? message.items : [])).map(({ cancel: why }) => why)

describe('a task that nobody has is cancelled at once', () => {
  it('when it waits for a worker', () => {
    const specimen = withTask()
    cancel(specimen)
    expect(taskEvents(specimen)).toEqual(['TASK_CANCELLED'])
  })

  it('when it waits for its next attempt', () => {
    const specimen = withTask()
    const [task] = specimen.claim('task', 'work')
    if (task === undefined) throw new Error('no task')
    specimen.fail(task)
    cancel(specimen)
    expect(taskEvents(specimen)).toEqual(['TASK_CANCELLED'])
    specimen.now += 60_000
    specimen.tick()
    expect(specimen.claim('task', 'work')).toEqual([])
  })

  it('when its run is paused meanwhile', () => {
    const specimen = withTask()
    specimen.tick()
    const activation = specimen.activate()
    pauseIt(specimen)
    specimen.answer(activation, [cancelTask])
    expect(taskEvents(specimen)).toEqual(['TASK_CANCELLED'])
  })
})

describe('a task that is being handed out is asked to end', () => {
  it.each([
    [undefined, ['TASK_CANCELLATION_REQUESTED', 'TASK_CANCELLED'], []],
    ['s1', ['TASK_CANCELLATION_REQUESTED'], ['CANCELLED']],
  ] as const)('and the reply says that %s has it', (session, events, tells) => {
    const specimen = withTask()
    const offer = specimen.offers().find(({ type }) => type === 'task')
    if (offer === undefined) throw new Error('no offer')
    cancel(specimen)
    expect(taskEvents(specimen)).toEqual(['TASK_CANCELLATION_REQUESTED'])
    specimen.answerOffer(offer, session)
    expect(taskEvents(specimen)).toEqual(events)
    expect(told(specimen)).toEqual(tells)
  })

  it.each([
    [{ verdict: 'gone' } as const, ['TASK_CANCELLATION_REQUESTED', 'TASK_CANCELLED'], []],
    [{ verdict: 'kept', holder: holder('s1') } as const, ['TASK_CANCELLATION_REQUESTED'], ['CANCELLED']],
  ])('after a restart, when its queue has said who has it: $verdict', (verdict, events, tells) => {
    const specimen = withTask()
    specimen.claim('task', 'work')
    specimen.restart()
    const questions = specimen.tick()
    for (const question of questions) if (question.type === 'activation') specimen.hear(question, { verdict: 'gone' })
    cancel(specimen)
    for (const question of questions) if (question.type === 'task') specimen.hear(question, verdict)
    expect(taskEvents(specimen)).toEqual(events)
    expect(told(specimen)).toEqual(tells)
  })
})

describe('a task that is out is asked to end, once', () => {
  function asked(): { specimen: Specimen; task: { id: string; attempt: number } } {
    const specimen = withTask()
    const [task] = specimen.claim('task', 'work')
    if (task === undefined) throw new Error('no task')
    cancel(specimen)
    expect(taskEvents(specimen)).toEqual(['TASK_CANCELLATION_REQUESTED'])
    expect(told(specimen)).toEqual(['CANCELLED'])
    return { specimen, task }
  }

  const answers: [string, (specimen: Specimen, task: { id: string; attempt: number }) => unknown, string][] = [
    ['completes all the same', (specimen, task) => specimen.complete(task), 'TASK_COMPLETED'],
    ['says that it is cancelled', (specimen, task) => specimen.fail(task, { type: 'CANCELLED' }), 'TASK_CANCELLED'],
    ['fails otherwise: no further attempt', (specimen, task) => specimen.fail(task), 'TASK_FAILED'],
    ['is lost', (specimen, task) => specimen.turn((draft) => lost(draft, 1, [task], 's1')), 'TASK_CANCELLED'],
  ]

  it.each(answers)('its worker %s', (_, answer, type) => {
    const { specimen, task } = asked()
    answer(specimen, task)
    expect(taskEvents(specimen)).toEqual(['TASK_CANCELLATION_REQUESTED', type])
    expect(specimen.run.lastWaking).toBe(specimen.run.lastSequence)
  })

  it.each([false, true])('its worker does not answer: after 30 s it is cancelled; restarted: %s', (restarts) => {
    const { specimen, task } = asked()
    if (restarts) specimen.restart()
    const until = specimen.now + 30_000
    while (specimen.now < until - 1) {
      for (const question of specimen.tick()) specimen.hear(question, { verdict: 'kept', holder: holder('s1') })
      expect(taskEvents(specimen)).toEqual(['TASK_CANCELLATION_REQUESTED'])
      specimen.now = Math.min(until - 1, specimen.now + 5_000)
    }
    specimen.now = until
    specimen.tick()
    expect(taskEvents(specimen)).toEqual(['TASK_CANCELLATION_REQUESTED', 'TASK_CANCELLED'])
    expect(specimen.holds.has('task-1')).toBe(false)
    const before = specimen.log.length
    specimen.complete(task)
    expect(specimen.log).toHaveLength(before)
  })

  it('a heartbeat of it is told so', () => {
    const { specimen, task } = asked()
    const beat = specimen.say({ type: 'heartbeat', run: 1, id: task.id, attempt: task.attempt })
    expect(beat).toEqual({ ok: true, value: { cancelRequested: true } })
  })
})

describe('cancelling a run', () => {
  const ask = (specimen: Specimen) => specimen.turn((draft) => requestCancellation(draft, 'client', 'enough'))

  it('is one event, however often it is asked, and the code decides how it ends', () => {
    const specimen = withTask()
    expect([ask(specimen), ask(specimen)]).toEqual([
      { ok: true, value: null },
      { ok: true, value: null },
    ])
    specimen.restart()
    ask(specimen)
    expect(specimen.log.filter(({ type }) => type === 'CANCELLATION_REQUESTED')).toMatchObject([
      { data: { by: 'client', reason: 'enough' } },
    ])
    expect(statusOf(specimen.run)).toBe('CANCELLING')
    specimen.nobodyHasIt()
    specimen.answer(specimen.activate(), [{ type: 'CANCEL_WORKFLOW', reason: 'asked' }])
    expect(specimen.log.at(-1)).toMatchObject({ type: 'WORKFLOW_CANCELLED', data: { reason: 'asked', snapshotSequence: 6 } })
    expect(statusOf(specimen.run)).toBe('CANCELLED')
    specimen.restart()
    expect(statusOf(specimen.run)).toBe('CANCELLED')
  })

  it('N13 of one that is closed is refused', () => {
    const specimen = withTask()
    specimen.turn((draft) => terminate(draft, 'client', undefined))
    expect(ask(specimen)).toMatchObject({ ok: false, refusal: { code: 'already_closed' } })
  })
})
