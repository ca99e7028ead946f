/** Flows that somebody steers: they wait for signals and promises, run other flows, are paused, and are cancelled under way. */
import { checkFlow } from '../../../engine/flow/check.ts'
import type { FlowPin } from '../../../engine/flow/definition.ts'
import { workflow } from '../../../sdk/definition/workflow.ts'
import type { Chance } from '../chance.ts'
import { type Outcome, same, type Workload, workMs } from '../workload.ts'
import { flowActs } from './flow-acts.ts'
import { type Branch, childFlow, type Item, type Steered, type Steering, steeredFlow } from './steered-flow.ts'

class BadItem extends Error {
  override readonly name = 'BadItem'
}

class NotYet extends Error {
  override readonly name = 'NotYet'
}

export const flowSteering: Workload = {
  name: 'flow-steering',
  prepare(chance, ledger) {
    const step = ledger.task('step', ({ n, isBad, failures = 0 }: Item, { attempt }) => {
      if (isBad) throw new BadItem('no')
      if (attempt <= failures) throw new NotYet('again')
      return n * 2
    })
    const tidy = ledger.task('tidy', ({ ms }: { ms: number }) => ms)
    // Some workers have workflows alone: they get nothing of a flow.
    const unasked = workflow({ name: 'unasked', run: async () => null })
    return {
      workflows: [unasked],
      tasks: [step, tidy],
      flows: [pin(childFlow(chance.pick([1, 400, 6_000, 20_000])))],
      next() {
        const steering = steer(chance)
        const input: Steered = {
          items: upTo(chance.pick([0, 1, 3, 6, 12]), (n) => item(chance, n)),
          beside: upTo(chance.pick([0, 1, 4]), (n) => ({ ...item(chance, n), isBad: false })),
          children: upTo(chance.pick([0, 0, 1, 2, 4]), (n) => branch(chance, n)),
          words: chance.between(1, 5),
          // Now and then one is not what its task can be given.
          faulty: chance.isTrue(0.15) ? chance.between(0, 3) : -1,
          one: { ms: Math.min(workMs(chance), 9_000), n: 1 },
        }
        return {
          kind: 'flow:steered',
          input,
          flow: pin(steeredFlow(steering)),
          // What was said to a run that is replaced is not said again.
          timeoutMs: 900_000,
          openTasks: chance.pick([1, 2, 10_000, 10_000]),
          acts: flowActs(chance, input.words, steering),
          check: (outcome) => complaint(outcome, input, steering),
        }
      },
    }
  },
}

const upTo = <Each>(count: number, make: (n: number) => Each): Each[] => Array.from({ length: count }, (_, n) => make(n))

const item = (chance: Chance, n: number): Item => ({
  ms: Math.min(workMs(chance), 9_000),
  n,
  isBad: chance.isTrue(0.05),
  failures: chance.pick([0, 0, 0, 1, 2]),
})

const branch = (chance: Chance, n: number): Branch => ({
  ms: Math.min(workMs(chance), 9_000),
  n,
  isBad: chance.isTrue(0.15),
})

function steer(chance: Chance): Steering {
  const isSaid = chance.isTrue(0.7)
  return {
    isCancelled: chance.isTrue(0.3),
    policy: chance.pick(['cancel_running', 'allow_finish']),
    concurrency: chance.pick([1, 2, 3, 0]),
    children: chance.pick([1, 2, 0]),
    goes: chance.pick(['never', 'once', 'once', 'twice']),
    goMs: chance.pick([chance.between(200, 1_000), chance.between(1_000, 12_000)]),
    // Without a time limit somebody has to settle it.
    pays: isSaid ? chance.pick(['resolved', 'rejected', 'twice']) : 'never',
    payMs: isSaid && chance.isTrue(0.5) ? undefined : chance.between(500, 12_000),
  }
}

function pin(file: { flow: string }): FlowPin {
  const checked = checkFlow(JSON.stringify(file))
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  const { definition, hash } = checked.flow
  return { name: file.flow, version: 1, hash, definition: JSON.stringify(definition) }
}

function complaint(outcome: Outcome, input: Steered, steering: Steering): string | undefined {
  const { status, isCalm, log } = outcome
  if (status === 'TIMED_OUT' && !isCalm) return undefined
  const isAsked = log.some(({ type }) => type === 'CANCELLATION_REQUESTED')
  const undone = log.flatMap((event) =>
    event.type === 'FLOW_TASK_CLOSED' && event.data.task === 'undo' ? [event.data.outcome] : [],
  )
  if (isAsked) {
    return same('the end of a cancelled flow', [status, steering.isCancelled, undone], ['CANCELLED', true, ['succeeded']])
  }
  return same(
    'the flow',
    { status, undone, output: outcome.output },
    { status: 'COMPLETED', undone: [], output: expected(outcome, input) },
  )
}

/** What the log says of who was first is taken from there; all else follows from the input. */
function expected({ log }: Outcome, { items, beside, children, words, faulty, one }: Steered): object {
  const went = log.find((event) => event.type === 'SIGNAL_RECEIVED' && event.data.name === 'go')
  const fired = log.find(({ type }) => type === 'TIMER_FIRED')
  const isInTime = went !== undefined && went.sequence < (fired?.sequence ?? Number.POSITIVE_INFINITY)
  const settled = log.find(
    ({ type }) => type === 'PROMISE_RESOLVED' || type === 'PROMISE_REJECTED' || type === 'PROMISE_TIMED_OUT',
  )
  const isFaulty = faulty >= 0 && faulty < items.length
  return {
    heard: upTo(words, (n) => n),
    made: isFaulty ? null : items.map(({ n, isBad }) => (isBad ? null : n * 2)),
    beside: beside.map(({ n }) => n * 2),
    gate: isInTime ? JSON.parse(went.payload ?? 'null') : 'late',
    paid: settled?.type === 'PROMISE_RESOLVED' ? 'paid' : settled?.type === 'PROMISE_REJECTED' ? 'refused' : 'late',
    subs: children.map(({ n, isBad }) => (isBad ? null : { n, got: n * 2 })),
    nowhere: 'failed',
    end: one.n * 2,
  }
}
