/**
 * What a stream shows between the events of the log: it is in memory only, and says which event it comes after. So it
 * is never shown before the event that made its subject exist, nor after the one that ended it.
 */

export interface Frame {
  run: number
  /** The task that it is about; absent: the run itself. */
  taskId?: string
  /** The end of the log when it came. */
  afterSequence: number
  /** JSON text, ready to be sent. */
  text: string
  type: string
}

/** A frame of our own: that an activation or an attempt has begun, or that a task is tried again. */
export function frameOf(
  type: 'ActivationStarted' | 'TaskStarted' | 'TaskRetrying',
  subject: { run: number; taskId?: string; afterSequence: number },
  fields: object,
  at: number,
): Frame {
  const { run, taskId, afterSequence } = subject
  const named = taskId === undefined ? {} : { taskId }
  return { ...subject, type, text: JSON.stringify({ type, run, ...named, ...fields, afterSequence, timestampMs: at }) }
}

/** A frame of a task's code. `fields` is the JSON text of an object. */
export function taskFrameOf(
  frame: { type: string; index: number; fields: string },
  subject: { run: number; taskId: string; attempt: number; afterSequence: number },
  at: number,
): Frame {
  const { run, taskId, attempt, afterSequence } = subject
  const head = JSON.stringify({ type: frame.type, run, taskId, attempt, index: frame.index, afterSequence }).slice(0, -1)
  const body = frame.fields === '{}' ? '' : `,${frame.fields.slice(1, -1)}`
  return { run, taskId, afterSequence, type: frame.type, text: `${head}${body},"timestampMs":${at}}` }
}
