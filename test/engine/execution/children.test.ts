/** Children: started, ended, cancelled and left, as the logs of both sides tell it. */
import { describe, expect, it } from 'vitest'
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { terminate } from '../../../engine/execution/closing.ts'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { awaitingOf } from '../../../engine/execution/describe.ts'
import { messageOf } from '../../../engine/execution/messages.ts'
import { receive } from '../../../engine/execution/receive.ts'
import { Family } from './family.ts'
import type { Specimen } from './specimen.ts'

type Command<Type extends WorkflowCommand['type']> = Extract<WorkflowCommand, { type: Type }>

const child = (n: number, more: Partial<Command<'START_CHILD_WORKFLOW'>> = {}): WorkflowCommand => ({
  type: 'START_CHILD_WORKFLOW',
  childId: `child-${n}`,
  kind: 'part',
  ...more,
})
const complete: WorkflowCommand = { type: 'COMPLETE_WORKFLOW', output: '"done"' }
const fail: WorkflowCommand = { type: 'FAIL_WORKFLOW', failure: '{"type":"Oops","message":"no"}' }
const cancelled: WorkflowCommand = { type: 'CANCEL_WORKFLOW', reason: 'asked' }

const answer = (member: Specimen, commands: WorkflowCommand[]) => {
  const answered = member.answer(member.activate(), commands)
  if (!answered.ok) throw new Error(answered.refusal.message)
}

/** Its timeout, a minute, is over. */
const outlast = (member: Specimen): void => {
  member.now += 60_000
  member.tick()
}

/** A parent that has answered its first activation with these commands; all that follows has arrived. */
function parentOf(commands: WorkflowCommand[], start = {}): { family: Family; parent: Specimen } {
  const family = new Family()
  const parent = family.start('p', start)
  answer(parent, commands)
  family.settle()
  return { family, parent }
}

describe('a parent that was deleted, and one that has its id now', () => {
  /** The first is closed and gone; its children stay. */
  function second(family: Family): Specimen {
    family.members.delete('p')
    family.now += 1_000
    const parent = family.start('p')
    answer(parent, [child(1)])
    family.settle()
    return parent
  }

  it('L8 begin the child that is closed anew, once, and have its new result', () => {
    const { family, parent } = parentOf([child(1)])
    const kid = family.member('p:1:child-1')
    answer(kid, [{ type: 'COMPLETE_WORKFLOW', output: '"of the first"' }])
    family.settle()
    answer(parent, [complete])
    const heir = second(family)
    expect(kid.run).toMatchObject({ number: 2, parent: { executionId: 'p', run: 1, childId: 'child-1' } })
    expect(heir.types()).toContain('CHILD_WORKFLOW_STARTED')
    // The start is told again, also after a restart.
    family.restart(heir)
    family.restart(kid)
    const again = messageOf(
      { id: 1, message: { type: 'start-child', to: 'p:1:child-1', run: 1, childId: 'child-1', sequence: 2 } },
      heir.state,
      heir,
    )
    if (again === undefined) throw new Error('the start is gone')
    expect(kid.turn((draft) => receive(draft, again))).toEqual({ ok: true, value: null })
    expect(kid.run.number).toBe(2)
    answer(kid, [{ type: 'COMPLETE_WORKFLOW', output: '"of the second"' }])
    family.settle()
    expect(heir.log.at(-1)).toMatchObject({ type: 'CHILD_WORKFLOW_COMPLETED', payload: '"of the second"' })
  })

  it('do not take over the one that is open', () => {
    const { family, parent } = parentOf([child(1, { parentClosePolicy: 'ABANDON' })])
    parent.turn((draft) => terminate(draft, 'client', undefined))
    const heir = second(family)
    expect(heir.log.at(-1)).toMatchObject({ type: 'CHILD_WORKFLOW_FAILED', payload: expect.stringContaining('ALREADY_EXISTS') })
    const { number, closed } = family.member('p:1:child-1').run
    expect([number, closed]).toEqual([1, undefined])
  })
})

describe('a child is started', () => {
  it('under the default id, with what its parent gives it: queue, attributes, headers, limits', () => {
    const { family, parent } = parentOf([child(1, { input: '{"n":1}', attributes: { b: 2 }, timeoutMs: 60_000 })], {
      queue: 'heavy',
      attributes: { a: 'x', b: 1 },
      headers: { trace: 't' },
      limits: { openTasks: 5, eventsPerRun: 100 },
    })
    const kid = family.member('p:1:child-1')
    expect(kid.log[0]).toMatchObject({
      type: 'WORKFLOW_STARTED',
      payload: '{"n":1}',
      data: {
        executionId: 'p:1:child-1',
        kind: 'part',
        queue: 'heavy',
        parent: { executionId: 'p', run: 1, childId: 'child-1' },
        attributes: { a: 'x', b: 2 },
        headers: { trace: 't' },
        timeoutMs: 60_000,
      },
    })
    expect(kid.run.limits).toEqual({ openTasks: 5, eventsPerRun: 100 })
    expect(parent.types()).toEqual([
      'WORKFLOW_STARTED',
      'CHILD_WORKFLOW_INITIATED',
      'WORKFLOW_SUSPENDED',
      'CHILD_WORKFLOW_STARTED',
    ])
    expect(parent.log[1]?.data).toMatchObject({ parentClosePolicy: 'TERMINATE', queue: 'heavy' })
    expect(parent.log[2]?.data).toMatchObject({ awaiting: [{ type: 'child', id: 'child-1', kind: 'part' }] })
    expect(awaitingOf(parent.run, parent.now)).toMatchObject([{ type: 'child', id: 'child-1', kind: 'part', since: family.now }])
    // That it was started is news for readers, not for the code.
    expect(parent.run.activation).toBeUndefined()
  })

  it('L3 not before its INITIATED is on disk, and under the id and queue that the code chose', () => {
    const family = new Family()
    const parent = family.start('p')
    answer(parent, [child(1, { executionId: 'kid', queue: 'other', parentClosePolicy: 'ABANDON' })])
    expect(family.letters).toEqual([])
    family.settle()
    expect(family.member('kid').log[0]).toMatchObject({ data: { executionId: 'kid', queue: 'other' } })
    expect(parent.log[1]).toMatchObject({ data: { executionId: 'kid', parentClosePolicy: 'ABANDON' } })
  })

  it('under a shortened id when the default one is over-long', () => {
    const family = new Family()
    const id = `p${'a'.repeat(199)}`
    answer(family.start(id), [child(1), child(2)])
    family.settle()
    const kids = [...family.members.keys()].filter((each) => each !== id)
    expect(kids).toHaveLength(2)
    for (const kid of kids) expect(kid).toMatch(new RegExp(`^${id.slice(0, 140)}~[0-9a-f]{32}$`))
    expect(new Set(kids).size).toBe(2)
  })

  it('D3 three children over three activations: each has its own id', () => {
    const { family, parent } = parentOf([child(1)])
    for (const n of [1, 2, 3]) {
      answer(family.member(`p:1:child-${n}`), [complete])
      family.settle()
      answer(parent, n === 3 ? [complete] : [child(n + 1)])
      family.settle()
    }
    expect([...family.members.keys()]).toEqual(['p', 'p:1:child-1', 'p:1:child-2', 'p:1:child-3'])
    expect(parent.count('CHILD_WORKFLOW_INITIATED')).toBe(3)
    expect(parent.count('CHILD_WORKFLOW_COMPLETED')).toBe(3)
    expect(parent.run.closed?.status).toBe('COMPLETED')
  })
})

describe('an id that somebody else has', () => {
  const strangers: [string, (family: Family) => void][] = [
    ['of the same kind', (family) => void family.start('kid', { kind: 'part' })],
    ['of another kind', (family) => void family.start('kid', { kind: 'other' })],
    ['that is closed', (family) => answer(family.start('kid', { kind: 'part' }), [complete])],
    ['that is a child of another', (family) => answer(family.start('q'), [child(1, { executionId: 'kid' })])],
  ]

  it.each(strangers)('%s: the child failed with ALREADY_EXISTS, and the stranger is left alone', (_, begin) => {
    const family = new Family()
    begin(family)
    family.settle()
    const before = family.member('kid').log.length
    const parent = family.start('p')
    answer(parent, [child(1, { executionId: 'kid' }), { type: 'CANCEL_CHILD_WORKFLOW', childId: 'child-1' }])
    family.settle()
    const failed = parent.log.find(({ type }) => type === 'CHILD_WORKFLOW_FAILED')
    expect(failed).toMatchObject({ data: { childId: 'child-1', executionId: 'kid' } })
    expect(JSON.parse(failed?.payload ?? '')).toMatchObject({ type: 'ALREADY_EXISTS' })
    expect(parent.count('CHILD_WORKFLOW_STARTED')).toBe(0)
    expect(parent.run.activation).toBeDefined()
    answer(parent, [complete])
    family.settle()
    expect(family.member('kid').log).toHaveLength(before)
  })

  it('is its own: a workflow is not its own child', () => {
    const { parent } = parentOf([child(1, { executionId: 'p' })])
    expect(parent.types()).toContain('CHILD_WORKFLOW_FAILED')
  })

  it('is that of its own sister', () => {
    const { family, parent } = parentOf([child(1, { executionId: 'kid' }), child(2, { executionId: 'kid' })])
    expect(parent.count('CHILD_WORKFLOW_STARTED')).toBe(1)
    expect(parent.count('CHILD_WORKFLOW_FAILED')).toBe(1)
    answer(family.member('kid'), [complete])
    family.settle()
    expect(parent.log.filter(({ type }) => type === 'CHILD_WORKFLOW_COMPLETED')).toMatchObject([{ data: { childId: 'child-1' } }])
  })
})

describe('a child ends', () => {
  const endings: [string, (kid: Specimen) => void, object][] = [
    ['COMPLETED', (kid) => answer(kid, [complete]), { payload: '"done"' }],
    ['FAILED', (kid) => answer(kid, [fail]), { payload: '{"type":"Oops","message":"no"}' }],
    ['CANCELLED', (kid) => answer(kid, [cancelled]), {}],
    [
      'TERMINATED',
      (kid) => kid.turn((draft) => terminate(draft, 'someone', 'enough')),
      { data: { childId: 'child-1', executionId: 'p:1:child-1', reason: 'enough' } },
    ],
    ['TIMED_OUT', outlast, {}],
  ]

  it.each(endings)('S5 N12 %s: told once, and the parent is woken', (status, end, more) => {
    const { family, parent } = parentOf([child(1, { timeoutMs: 60_000 })])
    const kid = family.member('p:1:child-1')
    end(kid)
    expect(kid.run.closed?.status).toBe(status)
    family.settle()
    expect(parent.log.at(-1)).toMatchObject({ type: `CHILD_WORKFLOW_${status}`, ...more })
    expect(parent.run.children.size).toBe(0)
    expect(parent.activate().issued.snapshotSequence).toBe(parent.run.lastSequence)
    expect(parent.outbox.size + kid.outbox.size).toBe(0)
  })

  it('before the answer to its start has arrived: it was started, and the late answer is no news', () => {
    const family = new Family()
    const parent = family.start('p')
    answer(parent, [child(1)])
    family.send(parent)
    const [start] = family.letters
    if (start === undefined) throw new Error('nothing was sent')
    family.deliver(start)
    const kid = family.member('p:1:child-1')
    answer(kid, [complete])
    family.send(kid)
    const [, end] = family.letters
    if (end === undefined) throw new Error('the end was not told')
    family.deliver(end)
    family.deliver(end)
    family.conclude(end)
    family.conclude(start)
    expect(parent.types().slice(3)).toEqual(['CHILD_WORKFLOW_STARTED', 'CHILD_WORKFLOW_COMPLETED'])
  })

  it('N12 told to a parent that is closed, or has begun anew, it changes nothing', () => {
    const { family, parent } = parentOf([child(1, { executionId: 'kid', parentClosePolicy: 'ABANDON' })])
    parent.start({ onConflict: 'TERMINATE_EXISTING' })
    answer(parent, [child(1, { executionId: 'other' })])
    family.settle()
    const before = parent.log.length
    answer(family.member('kid'), [complete])
    family.settle()
    expect(parent.log).toHaveLength(before)
    expect(family.member('kid').outbox.size).toBe(0)
  })

  it('N12 told to a run that has begun another child under its id, it is not that one', () => {
    const { family, parent } = parentOf([child(1, { executionId: 'kid', parentClosePolicy: 'ABANDON' })])
    parent.start({ onConflict: 'TERMINATE_EXISTING' })
    answer(parent, [child(1, { executionId: 'kid' })])
    const kid = family.member('kid')
    answer(kid, [complete])
    family.send(kid)
    const [end] = family.letters
    if (end === undefined) throw new Error('the end was not told')
    family.deliver(end)
    expect(parent.count('CHILD_WORKFLOW_COMPLETED')).toBe(0)
    family.settle()
    expect(parent.types().slice(-2)).toEqual(['WORKFLOW_SUSPENDED', 'CHILD_WORKFLOW_FAILED'])
  })

  it('N12 the answer to a start that an earlier run made is nothing to this run', () => {
    const family = new Family()
    const parent = family.start('p')
    answer(parent, [child(1, { executionId: 'kid' })])
    family.send(parent)
    parent.start({ onConflict: 'TERMINATE_EXISTING' })
    answer(parent, [child(1, { executionId: 'other' })])
    const [start] = family.letters
    if (start === undefined) throw new Error('nothing was sent')
    family.deliver(start)
    family.conclude(start)
    expect(parent.count('CHILD_WORKFLOW_STARTED')).toBe(0)
    family.settle()
    expect(parent.log.at(-1)).toMatchObject({ type: 'CHILD_WORKFLOW_STARTED', data: { executionId: 'other' } })
    expect(family.member('kid').run.closed?.status).toBe('TERMINATED')
  })

  it('and its id is used anew: a start that is told again is still known', () => {
    const family = new Family()
    const parent = family.start('p')
    answer(parent, [child(1, { executionId: 'kid' })])
    family.send(parent)
    const [start] = family.letters
    if (start === undefined) throw new Error('nothing was sent')
    family.deliver(start)
    const kid = family.member('kid')
    answer(kid, [complete])
    kid.start({ kind: 'part', idReuse: 'ALLOW' })
    family.restart(kid)
    family.lose(start)
    family.pass(2_000)
    family.send(parent)
    const [again] = family.letters
    if (again === undefined) throw new Error('it was not sent again')
    family.deliver(again)
    family.conclude(again)
    expect(parent.types().slice(3)).toEqual(['CHILD_WORKFLOW_STARTED'])
    family.settle()
    expect(parent.count('CHILD_WORKFLOW_COMPLETED')).toBe(1)
    expect(kid.run.number).toBe(2)
    expect(kid.run.closed).toBeUndefined()
  })
})

describe('parentClosePolicy', () => {
  const endings: [string, (parent: Specimen) => void][] = [
    ['COMPLETED', (parent) => answer(parent, [complete])],
    ['FAILED', (parent) => answer(parent, [fail])],
    ['CANCELLED', (parent) => answer(parent, [cancelled])],
    ['TERMINATED', (parent) => parent.turn((draft) => terminate(draft, 'someone', undefined))],
    ['TIMED_OUT', outlast],
  ]
  const policies = ['TERMINATE', 'CANCEL', 'ABANDON'] as const
  const table = policies.flatMap((policy) => endings.map(([status, end]) => [policy, status, end] as const))

  it.each(table)('L11 %s when the parent is %s', (policy, status, end) => {
    const { family, parent } = parentOf(
      [child(1, { parentClosePolicy: policy }), { type: 'START_TIMER', timerId: 'timer-1', durationMs: 0 }],
      {
        timeoutMs: 60_000,
      },
    )
    parent.advance()
    end(parent)
    expect(parent.run.closed?.status).toBe(status)
    family.settle()
    const kid = family.member('p:1:child-1')
    const reason = `its parent p is ${status}`
    switch (policy) {
      case 'TERMINATE':
        expect(kid.log.at(-1)).toMatchObject({ type: 'WORKFLOW_TERMINATED', data: { by: 'parent', reason } })
        break
      case 'CANCEL':
        expect(kid.log.at(-1)).toMatchObject({ type: 'CANCELLATION_REQUESTED', data: { by: 'parent', reason } })
        answer(kid, [cancelled])
        break
      case 'ABANDON':
        expect(kid.types()).toEqual(['WORKFLOW_STARTED'])
        answer(kid, [complete])
    }
    const before = parent.log.length
    family.settle()
    expect(parent.log).toHaveLength(before)
    expect(parent.outbox.size + kid.outbox.size).toBe(0)
  })

  it('holds for a child whose start has not left yet: it is started, then ended', () => {
    const family = new Family()
    const parent = family.start('p')
    answer(parent, [child(1), child(2, { parentClosePolicy: 'ABANDON' }), complete])
    family.settle()
    expect(family.member('p:1:child-1').types()).toEqual(['WORKFLOW_STARTED', 'WORKFLOW_TERMINATED'])
    expect(family.member('p:1:child-2').types()).toEqual(['WORKFLOW_STARTED'])
  })
})

describe('cancelling a child', () => {
  it('asks it once, and its end is its own business', () => {
    const { family, parent } = parentOf([child(1), { type: 'START_TIMER', timerId: 'timer-1', durationMs: 0 }])
    parent.advance()
    const cancel: WorkflowCommand = { type: 'CANCEL_CHILD_WORKFLOW', childId: 'child-1' }
    answer(parent, [cancel, cancel])
    family.settle()
    const kid = family.member('p:1:child-1')
    expect(parent.count('CHILD_WORKFLOW_CANCELLATION_REQUESTED')).toBe(1)
    expect(kid.log.at(-1)).toMatchObject({ type: 'CANCELLATION_REQUESTED', data: { by: 'parent' } })
    answer(kid, [complete])
    family.settle()
    expect(parent.log.at(-1)?.type).toBe('CHILD_WORKFLOW_COMPLETED')
    answer(parent, [cancel])
    family.settle()
    expect(parent.count('CHILD_WORKFLOW_CANCELLATION_REQUESTED')).toBe(1)
  })

  it('W14 reaches the task of the child of a child, and all end CANCELLED', () => {
    const { family, parent } = parentOf([child(1)])
    const kid = family.member('p:1:child-1')
    answer(kid, [child(1)])
    family.settle()
    const grandchild = family.member('p:1:child-1:1:child-1')
    answer(grandchild, [{ type: 'SCHEDULE_TASK', taskId: 'task-1', kind: 'work' }])
    const [work] = grandchild.claim('task', 'work')
    if (work === undefined) throw new Error('no task')
    parent.turn((draft) => requestCancellation(draft, 'client', 'enough'))
    for (const member of [parent, kid]) {
      answer(member, [{ type: 'CANCEL_CHILD_WORKFLOW', childId: 'child-1' }])
      family.settle()
    }
    answer(grandchild, [{ type: 'CANCEL_TASK', taskId: 'task-1' }])
    grandchild.fail(work, { type: 'CANCELLED' })
    expect(grandchild.types()).toContain('TASK_CANCELLED')
    for (const member of [grandchild, kid, parent]) {
      answer(member, [cancelled])
      family.settle()
    }
    for (const member of [parent, kid, grandchild]) expect(member.run.closed?.status).toBe('CANCELLED')
    expect(parent.log.filter(({ type }) => type === 'CHILD_WORKFLOW_CANCELLED')).toHaveLength(1)
  })
})

describe('commands that cannot be', () => {
  const wrong: [string, WorkflowCommand[], string][] = [
    ['a child id twice', [child(1), child(1)], 'commands[1].childId: child-1 exists already'],
    [
      'a child that is not there',
      [{ type: 'CANCEL_CHILD_WORKFLOW', childId: 'child-7' }],
      'commands[0].childId: there is no child-7',
    ],
    [
      'an external request id twice',
      [
        { type: 'SIGNAL_WORKFLOW', requestId: 'external-1', executionId: 'x', name: 'n' },
        { type: 'CANCEL_WORKFLOW_EXECUTION', requestId: 'external-1', executionId: 'x' },
      ],
      'commands[1].requestId: external-1 exists already',
    ],
    [
      'too many attributes for the child',
      [child(1, { attributes: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`a${n}`, n])) })],
      'commands[0].attributes: the child would have 65 attributes, the limit of attributeKeys is 64',
    ],
    ['something after the end', [cancelled, child(1)], 'commands[0]: CANCEL_WORKFLOW must be the last command'],
  ]

  it.each(wrong)('%s: the answer is refused whole', (_, commands, message) => {
    const family = new Family()
    const parent = family.start('p')
    expect(parent.answer(parent.activate(), commands)).toEqual({ ok: false, refusal: { code: 'invalid_request', message } })
    expect(parent.types()).toEqual(['WORKFLOW_STARTED'])
    expect(parent.outbox.size).toBe(0)
  })

  it('ids that are used up, after a restart too', () => {
    const signal: WorkflowCommand = { type: 'SIGNAL_WORKFLOW', requestId: 'external-1', executionId: 'x', name: 'n' }
    const { family, parent } = parentOf([child(1), signal, { type: 'START_TIMER', timerId: 'timer-1', durationMs: 0 }])
    answer(family.member('p:1:child-1'), [complete])
    family.settle()
    family.restart(parent)
    for (const command of [child(1), signal]) {
      expect(parent.answer(parent.activate(), [command])).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } })
      parent.restart()
      parent.nobodyHasIt()
    }
  })
})
