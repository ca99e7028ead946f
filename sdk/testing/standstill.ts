/** Why an execution will not come to an end in its environment, told as an error instead of a test that hangs. */
import { awaitingOf } from '../../engine/execution/describe.ts'
import type { RunState } from '../../engine/execution/state.ts'
import type { DescribedAwaiting } from '../../schemas/executions.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import type { ExecutionObject } from './execution-object.ts'

/** Activations that fail for other reasons than what the code does are tried again so often. */
const fewFailures = 3

/** Its code, or that of something below it, cannot be advanced. */
export function brokenCode(
  execution: ExecutionObject,
  all: Iterable<ExecutionObject>,
  errorOf: (executionId: string) => Error | undefined,
): Error | undefined {
  const ids = new Set([execution.executionId])
  const family = [execution]
  for (const each of all) {
    const { parent, closed } = each.run ?? {}
    if (parent === undefined || closed !== undefined || ids.has(each.executionId) || !ids.has(parent.executionId)) continue
    ids.add(each.executionId)
    family.push(each)
  }
  for (const { executionId, run } of family) {
    const problem = run?.closed === undefined ? run?.problem : undefined
    if (problem === undefined || (problem.type !== 'DETERMINISM' && problem.attempts < fewFailures)) continue
    return errorOf(executionId) ?? new PerdureError(`${executionId}: ${problem.message}`, { code: 'blocked' })
  }
  return undefined
}

/** Nothing is due, and nobody has done anything for a while. */
export function stuck({ executionId, run }: ExecutionObject, now: number): Error | undefined {
  if (run === undefined) return undefined
  const waits = awaitingOf(run, now).map(shown)
  const problem = run.problem === undefined ? [] : [run.problem.message]
  const what = [...problem, ...waits, ...pending(run)].join('; ')
  return new PerdureError(`${executionId} does not go on: it waits for ${what || 'nothing'}, and nothing is due`, {
    code: 'stuck',
  })
}

/** Whether time alone will bring anything: not work that somebody has without a limit, nor a signal that nobody sends. */
export function isAnythingDue(all: Iterable<ExecutionObject>, now: number): boolean {
  for (const { run, state } of all) {
    if (state.outbox.dueAt !== undefined) return true
    if (run !== undefined && run.closed === undefined && isDue(run, now)) return true
  }
  return false
}

function isDue({ timeoutAt, timers, promises, tasks, activation, paused }: RunState, now: number): boolean {
  if (timeoutAt !== undefined || timers.size > 0) return true
  if ([...promises.values()].some(({ dueAt }) => dueAt !== undefined)) return true
  if (paused === undefined && activation !== undefined && activation.lease.dueAt > now) return true
  for (const { timeouts, lease, cancelRequestedAt } of tasks.values()) {
    if (Object.keys(timeouts).length > 0 || lease.dueAt > now || cancelRequestedAt !== undefined) return true
  }
  return false
}

const pending = (run: RunState): string[] =>
  run.activation === undefined ? [] : [`a worker of queue ${run.queue} with workflow ${run.kind}`]

function shown({ type, id, name, kind, why }: DescribedAwaiting): string {
  const called = name ?? kind
  return [type, called === undefined ? '' : JSON.stringify(called), id === undefined ? '' : `(${id})`, why ? `– ${why}` : '']
    .filter((part) => part !== '')
    .join(' ')
}
