/**
 * N1 N12: trees of executions over a network that loses, doubles and delays, with every execution dying between any two
 * steps. In the end each child was started once, has ended, and was told once.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { terminate } from '../../../engine/execution/closing.ts'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import type { ParentClosePolicy } from '../../../schemas/parent.ts'
import { Family } from './family.ts'
import type { Specimen } from './specimen.ts'

/** How wide, how deep, how it ends, and what becomes of its children; it is the kind of the workflow that does it. */
interface Tree {
  width: number
  depth: number
  ending: 'COMPLETE' | 'FAIL' | 'CANCEL' | 'EARLY'
  policy: ParentClosePolicy
  /** How many signals it sends to its first child. */
  signals: number
}

const kindOf = (tree: Tree): string => JSON.stringify(tree)

const endings: Record<Tree['ending'], WorkflowCommand> = {
  COMPLETE: { type: 'COMPLETE_WORKFLOW', output: '"done"' },
  FAIL: { type: 'FAIL_WORKFLOW', failure: '{"type":"Oops","message":"no"}' },
  CANCEL: { type: 'CANCEL_WORKFLOW' },
  EARLY: { type: 'COMPLETE_WORKFLOW' },
}

/** What the code of a tree answers: children first, its end when all of theirs are there, or early. */
function step(member: Specimen): WorkflowCommand[] {
  const tree = JSON.parse(member.run.kind) as Tree
  const end = endings[tree.ending]
  if (tree.depth === 0) return [end]
  if (member.count('CHILD_WORKFLOW_INITIATED') === 0) return [...begin(member, tree), ...(tree.ending === 'EARLY' ? [end] : [])]
  const open = [...member.run.children.values()]
  if (open.length === 0 && member.count('EXTERNAL_SIGNAL_SENT') + member.count('EXTERNAL_SIGNAL_FAILED') === tree.signals)
    return [member.run.cancellation === undefined ? end : endings.CANCEL]
  if (member.run.cancellation === undefined) return []
  return open.filter(({ cancelRequested }) => !cancelRequested).map(({ id }) => ({ type: 'CANCEL_CHILD_WORKFLOW', childId: id }))
}

function begin(member: Specimen, tree: Tree): WorkflowCommand[] {
  const kind = kindOf({ ...tree, depth: tree.depth - 1 })
  const first = `${member.executionId}:1:child-1`
  return [
    ...Array.from({ length: tree.width }, (_, n) => ({
      type: 'START_CHILD_WORKFLOW' as const,
      childId: `child-${n + 1}`,
      kind,
      parentClosePolicy: tree.policy,
    })),
    ...Array.from({ length: tree.signals }, (_, n) => ({
      type: 'SIGNAL_WORKFLOW' as const,
      requestId: `external-${n + 1}`,
      executionId: first,
      name: 'n',
      payload: String(n),
    })),
  ]
}

function work(member: Specimen): void {
  if (member.state.run === undefined || member.run.closed !== undefined) return
  const { lease } = member.run.activation ?? {}
  if (lease?.phase !== 'ready') return
  const commands = step(member)
  const answered = member.answer(member.activate(), commands)
  if (!answered.ok && answered.refusal.code !== 'superseded') throw new Error(JSON.stringify(answered))
}

const faults = ['send', 'deliver', 'double', 'answer', 'lose', 'die', 'work', 'wait', 'cancel', 'terminate'] as const
const steps = fc.array(
  fc.record({
    do: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('send' as const, 'work' as const) },
      { weight: 8, arbitrary: fc.constantFrom('deliver' as const, 'answer' as const) },
      { weight: 3, arbitrary: fc.constantFrom('double' as const, 'lose' as const, 'die' as const, 'wait' as const) },
      { weight: 1, arbitrary: fc.constantFrom('cancel' as const, 'terminate' as const) },
    ) as fc.Arbitrary<(typeof faults)[number]>,
    pick: fc.nat(),
  }),
  { maxLength: 120 },
)

const trees = fc.record({
  width: fc.integer({ min: 1, max: 3 }),
  depth: fc.integer({ min: 1, max: 3 }),
  ending: fc.constantFrom<Tree['ending']>('COMPLETE', 'FAIL', 'CANCEL', 'EARLY'),
  policy: fc.constantFrom<ParentClosePolicy>('TERMINATE', 'CANCEL', 'ABANDON'),
  signals: fc.integer({ min: 0, max: 3 }),
})

class Storm {
  readonly family = new Family()
  /** Delivered once, and again whenever it pleases the network, however late. */
  readonly #copies: Family['letters'] = []

  act(what: (typeof faults)[number], pick: number): void {
    const { family } = this
    const members = [...family.members.values()]
    const member = members[pick % members.length]
    const letter = family.letters[pick % Math.max(1, family.letters.length)]
    if (member === undefined) return
    const { run } = member.state
    switch (what) {
      case 'send':
        return family.send(member)
      case 'work':
        return work(member)
      case 'die':
        return family.restart(member)
      case 'wait':
        return family.pass((pick % 10) * 1_000)
      case 'deliver':
        if (letter === undefined) return
        this.#copies.push(letter)
        return family.deliver(letter)
      case 'double': {
        const copy = this.#copies[pick % Math.max(1, this.#copies.length)]
        return copy === undefined ? undefined : family.deliver(copy)
      }
      case 'answer':
        return letter?.answer === undefined ? undefined : family.conclude(letter)
      case 'lose':
        return letter === undefined ? undefined : family.lose(letter)
      case 'cancel':
        if (run !== undefined && run.closed === undefined)
          member.turn((draft) => void requestCancellation(draft, 'client', undefined))
        return
      case 'terminate':
        if (run !== undefined && run.closed === undefined) member.turn((draft) => terminate(draft, 'client', undefined))
    }
  }

  /** The network is well again, and workers work until all is closed. */
  calm(): void {
    for (let round = 0; round < 50; round += 1) {
      for (const member of this.family.members.values()) work(member)
      this.family.settle()
      if ([...this.family.members.values()].every((member) => member.run.closed !== undefined)) return
    }
    throw new Error(
      `still open: ${[...this.family.members.values()].filter((each) => !each.run.closed).map((each) => each.types())}`,
    )
  }
}

function expectTold(parent: Specimen, family: Family): void {
  const initiated = parent.log.flatMap((event) => (event.type === 'CHILD_WORKFLOW_INITIATED' ? [event.data] : []))
  for (const { childId, executionId } of initiated) {
    const about = parent.log.filter((event) => 'childId' in event.data && event.data.childId === childId)
    const types = about.map(({ type }) => type.replace('CHILD_WORKFLOW_', '')).filter((type) => type !== 'CANCELLATION_REQUESTED')
    const status = family.member(executionId).run.closed?.status
    const isLeft = parent.run.children.has(childId)
    expect(types).toEqual(isLeft ? types.slice(0, types.includes('STARTED') ? 2 : 1) : ['INITIATED', 'STARTED', status])
    expect(family.member(executionId).log[0]?.type).toBe('WORKFLOW_STARTED')
    expect(family.member(executionId).count('WORKFLOW_STARTED')).toBe(1)
  }
}

describe('a tree of executions in a bad network', () => {
  it('N1 N12 L6 every child is started once, ends, and is told once; signals arrive once and in order', () => {
    fc.assert(
      fc.property(trees, steps, (tree, happenings) => {
        const storm = new Storm()
        const { family } = storm
        family.start('root', { kind: kindOf(tree) })
        for (const { do: what, pick } of happenings) storm.act(what, pick)
        storm.calm()
        for (const member of family.members.values()) {
          expectTold(member, family)
          for (const offer of member.offers()) member.answerOffer(offer, undefined)
          expect(member.outbox.size + member.posted.size + member.state.outbox.size).toBe(0)
          const values = member.log.filter(({ type }) => type === 'SIGNAL_RECEIVED').map(({ payload }) => Number(payload))
          expect(values).toEqual([...values].sort((a, b) => a - b))
          expect(new Set(values).size).toBe(values.length)
        }
        expect(family.nextDutyAt()).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })
})
