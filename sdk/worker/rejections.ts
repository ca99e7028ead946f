/**
 * A promise of workflow code that rejects while the code awaits another is legal there, but ends the process by default.
 * Those of workflow code are let be, as the code will see them when it awaits; all others are left to the runtime.
 */
import { isCodeRunning, workflowScope } from '../replay/scope.ts'

let users = 0
const tolerated = new WeakSet<Promise<unknown>>()

/** @returns undoes it */
export function tolerateRejectionsOfWorkflows(): () => void {
  const process = globalThis.process
  if (typeof process?.on !== 'function') return () => undefined
  users += 1
  if (users === 1) process.on('unhandledRejection', onRejection).on('rejectionHandled', onHandled)
  let isUndone = false
  return () => {
    if (isUndone) return
    isUndone = true
    users -= 1
    if (users === 0) process.off('unhandledRejection', onRejection).off('rejectionHandled', onHandled)
  }
}

/** Bun does not let a listener know whose promise it was: there it counts that code of a workflow is at work. */
const isOfWorkflow = (): boolean =>
  workflowScope() !== undefined || (globalThis.process.versions['bun'] !== undefined && isCodeRunning())

function onRejection(reason: unknown, promise: Promise<unknown>): void {
  if (isOfWorkflow()) tolerated.add(promise)
  // With no other listener the runtime would have ended the process: so does this.
  else if (globalThis.process.listenerCount('unhandledRejection') === 1) throw reason
}

/** The runtime warns of what is handled late, unless somebody listens. Deno tells the reason first. */
function onHandled(...told: [...reason: unknown[], promise: Promise<unknown>]): void {
  const promise = told.at(-1)
  if ((promise instanceof Promise && tolerated.has(promise)) || globalThis.process.listenerCount('rejectionHandled') > 1) return
  globalThis.process.emitWarning('Promise rejection was handled asynchronously', 'PromiseRejectionHandledWarning')
}
