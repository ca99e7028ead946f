/**
 * L8 L11 W14 N12: a workflow with tasks, timers, promises, children and signals, interrupted between any two of its steps. It
 * always ends, and leaves nothing open anywhere.
 */
import { describe, expect, it } from 'vitest'
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { terminate } from '../../../engine/execution/closing.ts'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { settlePromise } from '../../../engine/execution/promises.ts'
import { Household, type Script } from './household.ts'
import { type Specimen, schedule } from './specimen.ts'

const child = (n: number, kind: string, parentClosePolicy: 'TERMINATE' | 'CANCEL' | 'ABANDON'): WorkflowCommand => ({
  type: 'START_CHILD_WORKFLOW',
  childId: `child-${n}`,
  kind,
  parentClosePolicy,
})
const timer = (n: number, durationMs: number): WorkflowCommand => ({ type: 'START_TIMER', timerId: `timer-${n}`, durationMs })
const complete: WorkflowCommand = { type: 'COMPLETE_WORKFLOW', output: '"done"' }

/** Everything that is open is cancelled; tasks and children are waited for. */
function cancelAll(member: Specimen): WorkflowCommand[] {
  const { tasks, timers, children } = member.run
  const commands: WorkflowCommand[] = [
    ...[...tasks.values()]
      .filter((task) => task.cancelRequestedAt === undefined)
      .map(({ id: taskId }) => ({ type: 'CANCEL_TASK' as const, taskId })),
    ...[...timers.keys()].map((timerId) => ({ type: 'CANCEL_TIMER' as const, timerId })),
    ...[...children.values()]
      .filter(({ cancelRequested, parentClosePolicy }) => !cancelRequested && parentClosePolicy !== 'ABANDON')
      .map(({ id: childId }) => ({ type: 'CANCEL_CHILD_WORKFLOW' as const, childId })),
  ]
  const awaited = [...children.values()].filter(({ parentClosePolicy }) => parentClosePolicy !== 'ABANDON')
  return tasks.size + awaited.length > 0 ? commands : [...commands, { type: 'CANCEL_WORKFLOW' }]
}

const first: WorkflowCommand[] = [
  schedule(1),
  schedule(2, { kind: 'slow' }),
  timer(1, 20_000),
  { type: 'CREATE_PROMISE', promiseId: 'promise-1', name: 'word' },
  child(1, 'part', 'TERMINATE'),
  child(2, 'nap', 'CANCEL'),
  child(3, 'part', 'ABANDON'),
  { type: 'SET_STATE', key: 'k', value: '1' },
  { type: 'SIGNAL_WORKFLOW', requestId: 'external-1', executionId: 'friend', name: 'hello' },
]

function code(member: Specimen): WorkflowCommand[] {
  const { run } = member
  if (run.cancellation !== undefined) return cancelAll(member)
  const isFirst = run.snapshotSequence === 0
  switch (run.kind) {
    case 'part':
      return isFirst ? [schedule(1)] : run.tasks.size === 0 ? [complete] : []
    case 'nap':
      return isFirst ? [timer(1, 15_000)] : run.timers.size === 0 ? [complete] : []
    case 'friend':
      return run.signals.size === 0 ? [] : [complete]
  }
  if (isFirst) return first
  const begun = member.count('TASK_SCHEDULED')
  if (begun === 2 && !run.tasks.has('task-1'))
    return [schedule(3, { kind: 'failing' }), timer(2, 1_000), schedule(4), { type: 'CLEAR_STATE', key: 'k' }]
  const isOver = run.tasks.size + run.timers.size + run.promises.size + run.children.size === 0
  return isOver && run.usedExternals.size > 0 && begun === 4 ? [complete] : []
}

/** `stubborn`: tasks do not heed their cancellation. */
const script = (stubborn: boolean): Script => ({
  code,
  task: (member, id, isCancelled) => {
    const { kind = 'work' } = member.run.tasks.get(id) ?? {}
    if (isCancelled) return stubborn ? false : 'cancel'
    if (kind === 'slow') return member.now >= member.run.startedAt + 12_000 && 'complete'
    return kind === 'failing' ? 'fail' : 'complete'
  },
})

function begun(stubborn: boolean): Household {
  const household = new Household(script(stubborn))
  household.family.start('friend', { kind: 'friend', timeoutMs: 600_000 })
  household.family.start('p', { timeoutMs: 600_000 })
  return household
}

const isClosed = (member: Specimen): boolean => member.run.closed !== undefined

/** The promise is settled from outside, once it is there. */
function settle({ family }: Household): void {
  const { run } = family.member('p')
  if (run.closed === undefined && run.promises.size > 0 && family.now >= run.startedAt + 18_000)
    family.member('p').turn((draft) => settlePromise(draft, 'word', { outcome: 'RESOLVED' }))
}

function finish(household: Household): void {
  while (household.move()) {
    settle(household)
    if (household.moves > 5_000) throw new Error('it does not come to rest')
  }
}

function expectNothingLeft({ family, held }: Household): void {
  for (const member of family.members.values()) {
    if (member.state.run === undefined) continue
    expect(member.run.closed, member.executionId).toBeDefined()
    expect(member.holds.size, 'holds').toBe(0)
    expect(member.outbox.size + member.state.outbox.size + member.posted.size, 'messages').toBe(0)
    expect(
      [...member.run.groups.values()].filter(({ told, sending }) => told > 0 || sending),
      'offers',
    ).toEqual([])
    const children = member.log.flatMap((event) => (event.type === 'CHILD_WORKFLOW_INITIATED' ? [event.data.executionId] : []))
    for (const each of children) expect(family.member(each).run.closed, each).toBeDefined()
  }
  // Whoever works in vain was told so.
  for (const { parcel, isCancelled } of held) if (parcel.type === 'task') expect(isCancelled, parcel.id).toBe(true)
  expect(family.nextDutyAt()).toBeUndefined()
}

const moves = ((): number => {
  const household = begun(false)
  finish(household)
  return household.moves
})()

const interruptions: [string, string[], (member: Specimen) => void][] = [
  [
    'cancelled',
    ['CANCELLED', 'COMPLETED'],
    (member) => member.turn((draft) => void requestCancellation(draft, 'client', 'enough')),
  ],
  ['terminated', ['TERMINATED'], (member) => member.turn((draft) => terminate(draft, 'client', 'enough'))],
]

describe('a workflow of thirty events', () => {
  it('comes to its end when nobody interrupts it', () => {
    const household = begun(false)
    finish(household)
    const parent = household.family.member('p')
    expect(parent.run.closed?.status).toBe('COMPLETED')
    expect(parent.log.length).toBeGreaterThanOrEqual(30)
    expect(moves).toBeGreaterThan(parent.log.length)
    expectNothingLeft(household)
  })

  describe.each(interruptions)('%s at every step', (_, statuses, interrupt) => {
    it.each([
      ['', false, false],
      [' while everybody restarts before and after', false, true],
      [' with tasks that do not heed it', true, false],
    ])('L8 L11 W14 N12 ends, and leaves nothing open%s', (_name, stubborn, restarts) => {
      const seen = new Set<number>()
      for (let at = 0; at < moves; at += 1) {
        const household = begun(stubborn)
        const parent = household.family.member('p')
        while (household.moves < at) {
          household.move()
          settle(household)
        }
        if (isClosed(parent)) continue
        seen.add(parent.log.length)
        if (restarts) household.restartAll()
        interrupt(parent)
        if (restarts) household.restartAll()
        finish(household)
        expect(statuses, `at move ${at}`).toContain(parent.run.closed?.status)
        expectNothingLeft(household)
      }
      expect(seen.size).toBeGreaterThan(12)
    })
  })
})
