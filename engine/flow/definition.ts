/**
 * A flow as the interpreter reads it: checked, with every default filled in and every duration in milliseconds. It is
 * plain data; a run keeps its own copy of it as JSON text, so that no later save can change a run under way.
 *
 * Invariants: every name in `do`, `onCancel`, `start` and `sources` is a task of the flow; every expression parses.
 */
import type { RetryPolicy } from '../../schemas/retry.ts'
import type { Json } from '../../schemas/values.ts'

/** CEL without its braces; see `expression.ts`. */
export type Expression = string

/** JSON as it was written: its strings may hold `{{ expressions }}`; see `template.ts`. */
export type Template = Json

export interface FlowDefinition {
  name: string
  /** JSON Schema of the input; what a run gets has been checked, and has its defaults. */
  input?: Json
  /** First values of `vars`; they may read `input` and `execution`. */
  vars: Record<string, Template>
  /** In the order of the file. */
  tasks: FlowTask[]
  /** Names of the tasks that begin: those without an edge from another task, and not in `onCancel`, in the order of the file. */
  start: string[]
  output?: Template
  cancellation: 'cancel_running' | 'allow_finish'
  /** Tasks that start when the run is asked to cancel. */
  onCancel: string[]
  /** How many visits of tasks a run may make. */
  maxSteps: number
  timeoutMs?: number
}

export interface FlowTask {
  name: string
  action: FlowAction
  items?: FlowItems
  join?: FlowJoin
  /** The first edge that matches is the only one taken. */
  exclusive: boolean
  next: FlowEdge[]
  /** Tasks with an edge to this one, each once, in the order of the file. */
  sources: string[]
}

export type FlowAction =
  /** Without `input` the task has none. `timeoutMs` is start-to-close of each attempt. */
  | { type: 'task'; kind: string; input?: Template; queue?: string; priority: number; retry: RetryPolicy; timeoutMs?: number }
  /** `kind` is `flow:<name>[@version]`. `timeoutMs` is that of the whole child. */
  | { type: 'flow'; kind: string; input?: Template; queue?: string; timeoutMs?: number }
  /** A signal or a promise of this name; after `timeoutMs` the task has timed out. */
  | { type: 'wait'; on: 'signal' | 'promise'; name: Template; timeoutMs?: number }

export interface FlowItems {
  /** Gives the list. */
  in: Template
  /** What an item is called in expressions; `item` unless said otherwise. With a batch: the list of its items. */
  as: string
  key?: Template
  onItemFailure: 'drain' | 'stop' | 'continue'
  /** Failures that do not fail the task: up to this many, or up to this share. */
  tolerate: { count?: number; percent?: number }
  batchSize: number
  /** A number, or an expression that gives one; 0 is without limit. */
  concurrency: Template
}

export interface FlowJoin {
  /** Arrivals from different sources. */
  need: number
  onUnreachable: 'fail' | 'skip'
}

export interface FlowEdge {
  /** Absent: `succeeded()`. */
  when?: Expression
  /** Applied whole before `do`. */
  publish: Record<string, Template>
  do: string[]
}

/** What a run is started with, and keeps. */
export interface FlowPin {
  name: string
  version: number
  hash: string
  /** A `FlowDefinition` as JSON text. */
  definition: string
}
