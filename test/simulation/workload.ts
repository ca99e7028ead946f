/** What is run in a simulation: definitions, and executions to start with what must come of them. */
import type { Answer } from '../../engine/answer.ts'
import type { Draft } from '../../engine/execution/draft.ts'
import type { LogEvent } from '../../engine/execution/log-event.ts'
import type { SignalCommand } from '../../engine/execution/signals.ts'
import type { FlowPin } from '../../engine/flow/definition.ts'
import type { AnyTask } from '../../sdk/definition/task.ts'
import type { AnyWorkflow } from '../../sdk/definition/workflow.ts'
import type { Chance } from './chance.ts'
import type { Ledger } from './ledger.ts'
import type { Fault } from './storm.ts'

/** How a run ended. */
export interface Outcome {
  status: string
  output: unknown
  failure: { type: string; message: string } | undefined
  /** Nothing went wrong on the way. */
  isCalm: boolean
  log: readonly LogEvent[]
  /** How many events of each type its log has. */
  count(type: string): number
}

/** What a client says to an execution. */
export interface Act {
  what: string
  /** Since what was said before was answered. */
  afterMs?: number
  say(draft: Draft): Answer<unknown>
}

export interface Start {
  kind: string
  input: unknown
  /** Of a flow. */
  flow?: FlowPin
  timeoutMs?: number
  /** So many tasks of a run may be open. */
  openTasks?: number
  /** It is started together with a signal. */
  signal?: SignalCommand
  /** Said one after the other, each until it is answered. */
  acts?: readonly Act[]
  /** What is wrong with the outcome, if anything. */
  check(outcome: Outcome): string | undefined
}

export interface Prepared {
  workflows: AnyWorkflow[]
  tasks: AnyTask[]
  /** That are saved: others may run them. */
  flows?: FlowPin[]
  next(): Start
  /** Of an execution that does not stay. */
  passing?(): Start
}

export interface Workload {
  name: string
  /** Its executions tell an index of themselves; some of them are deleted. */
  isListed?: boolean
  /** So many events come with an activation at most; workers read the others. Absent: all come. */
  pageEvents?: number
  /** Its storms are of its own faults alone, so that these meet each other. */
  isFocused?: boolean
  /** What goes wrong in its storms besides. */
  faults?(chance: Chance): Omit<Fault, 'id'>[]
  prepare(chance: Chance, ledger: Ledger): Prepared
}

/** For `check`: a complaint unless both are equal as JSON. */
export function same(what: string, actual: unknown, expected: unknown): string | undefined {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)]
  return is === should ? undefined : `${what} is ${is}, not ${should}`
}

/** How long a task takes: mostly moments, sometimes longer than what makes a hold durable. */
export const workMs = (chance: Chance): number =>
  chance.isTrue(0.6) ? chance.between(0, 300) : chance.isTrue(0.8) ? chance.between(1_000, 9_000) : chance.between(9_000, 25_000)
