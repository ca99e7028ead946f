/**
 * A promise of workflow code that rejects while the code awaits another is legal there, but ends the process by default.
 * Those of workflow code are let be, as the code will see them when it awaits; all others are left to the runtime.
 */
import { workflowScope } from '../replay/scope.ts'

let users = 0

/** @returns undoes it */
export function tolerateRejectionsOfWorkflows(): () => void {
  const process = globalThis.process
  if (typeof process?.on !== 'function') return () => undefined
  users += 1
  if (users === 1) process.on('unhandledRejection', onRejection)
  let isUndone = false
  return () => {
    if (isUndone) return
    isUndone = true
    users -= 1
    if (users === 0) process.off('unhandledRejection', onRejection)
  }
}

function onRejection(reason: unknown): void {
  if (workflowScope() !== undefined) return
  // With no other listener the runtime would have ended the process: so does this.
  if (globalThis.process.listenerCount('unhandledRejection') === 1) throw reason
}
