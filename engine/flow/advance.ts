/**
 * The interpreter: after whatever has happened to a run of a flow it appends what follows, in the same turn, until there is
 * nothing left to do but wait.
 *
 * 1. What it did is in the log; what it looks at is made by `evolve` from the log. Doing it again does nothing (L2, L6).
 * 2. A paused run begins nothing: it is looked at again when it is resumed.
 * 3. A step looks at what has changed, never at all that is there (F13).
 */

import { applyCommand } from '../execution/command-list.ts'
import type { Draft } from '../execution/draft.ts'
import type { RunState } from '../execution/state.ts'
import { beginVisit } from './begin-visit.ts'
import { cancelItems } from './cancel-items.ts'
import { closeVisit } from './close-visit.ts'
import { failRun, finish } from './finish.ts'
import { isFull, look } from './look.ts'
import { firstVars } from './reading.ts'
import type { FlowState, Visit } from './state.ts'

export function followFlow(draft: Draft): void {
  const { run } = draft.state
  const flow = run?.flow
  if (run === undefined || flow === undefined || !flow.isWoken) return
  if (run.closed !== undefined || run.paused !== undefined) return
  if (flow.steps === 0 && flow.phase === 'running') {
    // Once it has begun it goes on, also on a machine whose clock is behind.
    if (draft.now < run.firstActivationAt) return
    const vars = firstVars(draft, flow)
    if (!vars.ok) return failRun(draft, { type: 'EXPRESSION', message: `vars: ${vars.refusal.message}` })
  }
  while (isOpen(run) && step(draft, run, flow));
  if (isOpen(run)) draft.mark({ type: 'flow-rests' })
}

const isOpen = (run: RunState): boolean => run.closed === undefined

/** Whether there may be more to do. */
function step(draft: Draft, run: RunState, flow: FlowState): boolean {
  if (flow.phase === 'cancelling' && !flow.isSwept) {
    sweep(draft, run, flow)
    return true
  }
  const [dirty] = flow.dirty
  if (dirty !== undefined) {
    const visit = flow.open.get(dirty)
    if (visit === undefined) draft.mark({ type: 'flow-looked', visit: dirty, starved: false })
    else look(draft, flow, visit)
    return true
  }
  const [starved] = flow.starved
  const hungry = starved === undefined || isFull(run) ? undefined : flow.open.get(starved)
  if (hungry !== undefined) {
    look(draft, flow, hungry)
    return true
  }
  const [ready] = flow.ready
  if (ready !== undefined) {
    beginVisit(draft, flow, ready)
    return true
  }
  if (flow.open.size > 0) return false
  if (flow.phase === 'cancelling' && flow.definition.onCancel.length > 0) {
    for (const task of flow.definition.onCancel) if (isOpen(run)) beginVisit(draft, flow, task, true)
    return true
  }
  return finish(draft, run, flow)
}

/** A cancellation, once: waits end at once; what is out is asked to end, or left to finish. */
function sweep(draft: Draft, run: RunState, flow: FlowState): void {
  for (const visit of [...flow.open.values()]) {
    if (isWait(flow, visit)) {
      if (visit.timerId !== undefined) applyCommand(draft, { type: 'CANCEL_TIMER', timerId: visit.timerId })
      closeVisit(draft, flow, visit)
    } else if (flow.definition.cancellation === 'cancel_running') cancelItems(draft, visit)
  }
  if (isOpen(run)) draft.mark({ type: 'flow-swept' })
}

const isWait = (flow: FlowState, visit: Visit): boolean => flow.tasks.get(visit.task)?.action.type === 'wait'
