/** Whose code is running: a workflow's, a `ctx.run` of it, or (no scope) anything else in the process. */
import { AsyncLocalStorage } from 'node:async_hooks'

/** What the wrapped globals do inside workflow code. */
export interface WorkflowScope {
  type: 'workflow'
  /** Identifies the run. */
  owner: object
  now(): number
  random(): number
  uuid(): string
  /** Notes that the code did what it may not, and throws. */
  refuse(what: string, instead: string): never
}

export interface OperationScope {
  type: 'operation'
  owner: object
}

const storage = new AsyncLocalStorage<WorkflowScope | OperationScope | undefined>()

export const runIn = <Value>(scope: WorkflowScope | OperationScope | undefined, fn: () => Value): Value => storage.run(scope, fn)

export const currentScope = (): WorkflowScope | OperationScope | undefined => storage.getStore()

let running = 0

/** Code of a workflow has been let go on, until the macrotask is over: the answer undoes it. */
export function codeRuns(): () => void {
  running += 1
  return () => {
    running -= 1
  }
}

/** In this macrotask code of some workflow has been let go on. */
export const isCodeRunning = (): boolean => running > 0

export function workflowScope(): WorkflowScope | undefined {
  const scope = storage.getStore()
  return scope?.type === 'workflow' ? scope : undefined
}
