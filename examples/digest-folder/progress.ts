/** How far the workflow is, read from its log as it grows. */
import { setTimeout as pause } from 'node:timers/promises'
import type { WorkflowHandle } from 'perdure/client'
import { digest } from './workflow.ts'

export interface Progress {
  /** 0 until the files are listed. */
  total: number
  done: number
  events: number
  closed: boolean
}

const pollMs = 20

/** Yields after every look at the log, until the run is closed. Goes on where it was: the log never changes behind. */
export async function* follow(handle: WorkflowHandle): AsyncGenerator<Progress> {
  const open = new Set<string>()
  const progress: Progress = { total: 0, done: 0, events: 0, closed: false }
  while (!progress.closed) {
    for await (const { sequence, type, data } of handle.events({ after: progress.events })) {
      progress.events = sequence
      if (type === 'TASK_SCHEDULED' && data.kind === digest.name) {
        open.add(data.taskId)
        progress.total += 1
      }
      if (type === 'TASK_COMPLETED' && open.delete(data.taskId)) progress.done += 1
      if (closing.has(type)) progress.closed = true
    }
    yield { ...progress }
    if (!progress.closed) await pause(pollMs)
  }
}

const closing: ReadonlySet<string> = new Set([
  'WORKFLOW_COMPLETED',
  'WORKFLOW_FAILED',
  'WORKFLOW_TERMINATED',
  'WORKFLOW_TIMED_OUT',
])
