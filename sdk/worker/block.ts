/** How much longer a log is when an answer has been taken: what is more than that came from somebody else. */
import type { Command } from '../../schemas/commands.ts'

/** With the closing event. Undefined when it depends on what has become of the things that are to be cancelled. */
export function blockLength(commands: readonly Command[]): number | undefined {
  let length = 1
  for (const { type } of commands) {
    if (type === 'CANCEL_TASK' || type === 'CANCEL_CHILD_WORKFLOW') return undefined
    // What is asked of other executions is in the log when they have answered.
    if (type !== 'SIGNAL_WORKFLOW' && type !== 'CANCEL_WORKFLOW_EXECUTION') length += 1
  }
  return length
}
