/** Looks at one open visit: sends out what may go, and closes it when all is settled. */
import { limits } from '../../schemas/limits.ts'
import { applyCommand } from '../execution/command-list.ts'
import type { Draft } from '../execution/draft.ts'
import type { RunState } from '../execution/state.ts'
import { PayloadText } from '../intake/payload-text.ts'
import { itemValues } from './begin-visit.ts'
import { cancelItems } from './cancel-items.ts'
import { closeVisit } from './close-visit.ts'
import type { FlowAction, FlowTask } from './definition.ts'
import { failRun } from './finish.ts'
import { listOf, scopeOf } from './reading.ts'
import { type FlowState, parkedIn, type Visit } from './state.ts'
import { render } from './template.ts'
import { isStopped } from './verdict.ts'

export function look(draft: Draft, flow: FlowState, visit: Visit): void {
  const task = flow.tasks.get(visit.task)
  if (task === undefined) return
  const { action } = task
  if (action.type === 'wait') return lookAtWait(draft, flow, visit)
  const isHeld = flow.phase === 'cancelling' || isStopped(task, visit)
  if (!isHeld) {
    const sent = sendOut(draft, flow, task, action, visit)
    if (sent !== 'sent' && sent !== 'starved') return
    if (sent === 'starved') return draft.mark({ type: 'flow-looked', visit: visit.key, starved: true })
  }
  if (visit.counters.out === 0 && (isHeld || parkedIn(visit) === 0)) closeVisit(draft, flow, visit)
  else draft.mark({ type: 'flow-looked', visit: visit.key, starved: false })
}

function lookAtWait(draft: Draft, flow: FlowState, visit: Visit): void {
  const [item] = visit.items
  const [signal] = visit.signal === undefined ? [] : (flow.inbox.get(visit.signal) ?? [])
  const cameInTime = signal !== undefined && (item?.endedBy === undefined || signal < item.endedBy)
  if (cameInTime) {
    if (visit.timerId !== undefined) applyCommand(draft, { type: 'CANCEL_TIMER', timerId: visit.timerId })
    return closeVisit(draft, flow, visit, { signal })
  }
  if (item?.status !== 'out') closeVisit(draft, flow, visit)
  else draft.mark({ type: 'flow-looked', visit: visit.key, starved: false })
}

/** No more tasks of the run may be open. */
export const isFull = (run: RunState): boolean => run.tasks.size >= run.limits.openTasks

type Work = Exclude<FlowAction, { type: 'wait' }>

/** Parked items go out up to the limit (F1), in index order. */
function sendOut(draft: Draft, flow: FlowState, task: FlowTask, action: Work, visit: Visit): 'sent' | 'starved' | 'ended' {
  const limit = visit.fan?.concurrency ?? 1
  const { run } = draft
  while (parkedIn(visit) > 0 && (limit === 0 || visit.counters.out < limit)) {
    if (isFull(run)) return 'starved'
    if (run.lastSequence >= run.limits.eventsPerRun) {
      failRun(draft, { type: 'FLOW_EVENTS', message: `the run has reached its limit of ${run.limits.eventsPerRun} events` })
      return 'ended'
    }
    const wrong = sendItem(draft, flow, task, action, visit)
    if (wrong === undefined) continue
    cancelItems(draft, visit)
    closeVisit(draft, flow, visit, { failure: { type: 'EXPRESSION', message: wrong } })
    return 'ended'
  }
  return 'sent'
}

/** Why it could not go, or undefined. */
function sendItem(draft: Draft, flow: FlowState, { items }: FlowTask, action: Work, visit: Visit): string | undefined {
  const index = visit.items.length
  const values = items === undefined ? {} : itemValues(items, listOf(draft, flow, visit)[index] ?? null, index)
  const texts = new PayloadText(limits.payloadBytes)
  let input: { input?: string } = {}
  if (action.input !== undefined) {
    const rendered = render(action.input, scopeOf(draft, flow, { values }))
    if (!rendered.ok) return items === undefined ? rendered.refusal.message : `item ${index}: ${rendered.refusal.message}`
    input = texts.field('input', rendered.value, 'input')
  }
  if (texts.refusal !== null) return texts.refusal.message
  const key = visit.fan?.keys?.[index]
  const place = {
    task: visit.task,
    visit: visit.number,
    ...(visit.fan !== undefined && { index }),
    ...(key !== undefined && { key }),
  }
  const queue = action.queue === undefined ? {} : { queue: action.queue }
  const { kind, timeoutMs } = action
  if (action.type === 'flow') {
    const childId = `child-${flow.ids.child + 1}`
    const timed = timeoutMs === undefined ? {} : { timeoutMs }
    applyCommand(draft, { type: 'START_CHILD_WORKFLOW', childId, kind, ...input, ...queue, ...timed, flow: place })
    return undefined
  }
  const timeouts = timeoutMs === undefined ? {} : { startToCloseMs: timeoutMs }
  const taskId = `task-${flow.ids.task + 1}`
  const { retry, priority } = action
  applyCommand(draft, { type: 'SCHEDULE_TASK', taskId, kind, retry, priority, timeouts, ...input, ...queue, flow: place })
  return undefined
}
