/**
 * Workflows that a workflow starts. Each is an execution of its own; between the two only messages pass.
 *
 * 1. The log of the parent says what is wanted before anything leaves (L3), and the end of a child is taken once, by the run
 *    that has it open (L6).
 * 2. A child that ends before its start was answered was started: the log says so first.
 */
import { childExecutionId } from '../../schemas/child-id.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { ownFailure } from './attempts.ts'
import { mergeAttributes } from './attributes.ts'
import type { WorkflowCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { ChildEnded } from './messages.ts'
import type { OpenChild, RunState } from './state.ts'

type CommandOf<Type extends WorkflowCommand['type']> = Extract<WorkflowCommand, { type: Type }>

export function startChild(draft: Draft, command: CommandOf<'START_CHILD_WORKFLOW'>): void {
  const run = draft.run
  const { childId, kind, input, queue = run.queue, parentClosePolicy = 'TERMINATE', timeoutMs } = command
  const executionId = command.executionId ?? childExecutionId(draft.state.executionId, run.number, childId)
  const attributes = mergeAttributes(run.attributes, command.attributes ?? {})
  const data = {
    childId,
    executionId,
    kind,
    queue,
    parentClosePolicy,
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
  const sequence = draft.append('CHILD_WORKFLOW_INITIATED', data, {
    payload: input,
    ...(command.flow !== undefined && { note: { flow: command.flow } }),
  })
  draft.post({ type: 'start-child', to: executionId, run: run.number, childId, sequence })
}

/** Asked once; how the child ends is its own business. */
export function cancelChild(draft: Draft, childId: string): void {
  const run = draft.run
  const child = run.children.get(childId)
  if (child === undefined || child.cancelRequested) return
  draft.append('CHILD_WORKFLOW_CANCELLATION_REQUESTED', { childId })
  draft.post({ type: 'cancel-child', to: child.executionId, run: run.number, childId })
}

/** The run is over: what becomes of its children was said when they were started. */
export function leaveChildren(draft: Draft, ending: string): void {
  const run = draft.run
  const reason = `its parent ${draft.state.executionId} is ${ending}`
  for (const { id: childId, executionId: to, parentClosePolicy, cancelRequested } of run.children.values()) {
    switch (parentClosePolicy) {
      case 'TERMINATE':
        draft.post({ type: 'terminate-child', to, run: run.number, childId, reason })
        break
      case 'CANCEL':
        if (!cancelRequested) draft.post({ type: 'cancel-child', to, run: run.number, childId, reason })
        break
      case 'ABANDON':
    }
  }
}

export function childStarted(draft: Draft, child: OpenChild): void {
  if (!child.started) draft.append('CHILD_WORKFLOW_STARTED', { childId: child.id, executionId: child.executionId })
}

/** It could not be started: somebody else has its id, or the organisation is full. */
export function childRefused(draft: Draft, { id: childId, executionId }: OpenChild, { code, message }: Refusal): void {
  const failure = ownFailure(code === 'already_exists' ? 'ALREADY_EXISTS' : code, message)
  draft.append('CHILD_WORKFLOW_FAILED', { childId, executionId }, { payload: failure.text })
}

/** Told again, or to a run that does not have it open, it changes nothing. */
export function childEnded(draft: Draft, message: ChildEnded): void {
  const run = draft.run
  const child = openChild(run, message.parent.childId)
  if (run.number !== message.parent.run || child?.executionId !== message.executionId) return
  childStarted(draft, child)
  const { outcome, reason, payload } = message
  const data = { childId: child.id, executionId: child.executionId }
  switch (outcome) {
    case 'COMPLETED':
      draft.append('CHILD_WORKFLOW_COMPLETED', data, { payload })
      return
    case 'FAILED':
      draft.append('CHILD_WORKFLOW_FAILED', data, { payload })
      return
    case 'CANCELLED':
      draft.append('CHILD_WORKFLOW_CANCELLED', data)
      return
    case 'TERMINATED':
      draft.append('CHILD_WORKFLOW_TERMINATED', { ...data, ...(reason !== undefined && { reason }) })
      return
    case 'TIMED_OUT':
      draft.append('CHILD_WORKFLOW_TIMED_OUT', data)
  }
}

/** A closed run takes nothing any more. */
export const openChild = (run: RunState, childId: string): OpenChild | undefined =>
  run.closed === undefined ? run.children.get(childId) : undefined
