/** The end of a run of a flow: nothing is out, parked, waiting or about to start. */
import type { Failure } from '../../schemas/failure.ts'
import { limits } from '../../schemas/limits.ts'
import { closeRun } from '../execution/closing.ts'
import type { Draft } from '../execution/draft.ts'
import type { RunState } from '../execution/state.ts'
import { PayloadText } from '../intake/payload-text.ts'
import { scopeOf } from './reading.ts'
import type { FlowState } from './state.ts'
import { render } from './template.ts'

/** Whether there is more to do before it. */
export function finish(draft: Draft, run: RunState, flow: FlowState): boolean {
  if (flow.phase !== 'running') {
    const reason = run.cancellation?.reason
    closeRun(draft, 'WORKFLOW_CANCELLED', { ...seen(draft), ...(reason !== undefined && { reason }) })
    return false
  }
  recordUnreachable(draft, flow)
  recordSkipped(draft, flow)
  if (flow.unhandled !== undefined) failRun(draft, failureOf(draft, flow.unhandled))
  else complete(draft, flow)
  return false
}

const seen = (draft: Draft) => {
  const { lastSequence } = draft.run
  return { snapshotSequence: lastSequence, activationAt: draft.now, commandsFrom: lastSequence + 1 }
}

export function failRun(draft: Draft, failure: Failure): void {
  closeRun(draft, 'WORKFLOW_FAILED', seen(draft), { payload: JSON.stringify(failure) })
}

function complete(draft: Draft, flow: FlowState): void {
  const { output } = flow.definition
  if (output === undefined) return closeRun(draft, 'WORKFLOW_COMPLETED', seen(draft))
  const rendered = render(output, scopeOf(draft, flow))
  if (!rendered.ok) return failRun(draft, { type: 'EXPRESSION', message: `output: ${rendered.refusal.message}` })
  const texts = new PayloadText(limits.payloadBytes)
  const payload = texts.of(rendered.value, 'output')
  if (texts.refusal !== null) return failRun(draft, { type: 'PAYLOAD_TOO_LARGE', message: texts.refusal.message })
  closeRun(draft, 'WORKFLOW_COMPLETED', seen(draft), { payload })
}

function failureOf(draft: Draft, { task, outcome, message, cause }: NonNullable<FlowState['unhandled']>): Failure {
  const text = cause === undefined ? undefined : draft.payload(cause)
  const of = text === undefined ? undefined : (JSON.parse(text) as Failure)
  const why = message ?? of?.message
  return {
    type: 'FLOW_TASK_FAILED',
    message: `task ${task}: ${outcome.replace('_', ' ')}${why === undefined ? '' : `: ${why}`}`,
    details: { task, outcome },
    ...(of !== undefined && { cause: of }),
  }
}

/** Joins that some have reached, and not enough ever will (F5). */
function recordUnreachable(draft: Draft, flow: FlowState): void {
  for (const [task, from] of [...flow.arrivals]) {
    const join = flow.tasks.get(task)?.join
    const isOver = join === undefined || from.size === 0
    const hasFired = flow.visits.has(task) && join !== undefined && join.need < (flow.tasks.get(task)?.sources.length ?? 0)
    if (isOver || hasFired) continue
    const outcome = join.onUnreachable === 'skip' ? 'skipped' : 'unreachable'
    const message = `${from.size} of the ${join.need} arrivals that its join needs`
    const failure = outcome === 'skipped' ? {} : { failure: { type: 'UNREACHABLE', message } }
    draft.append('FLOW_TASK_CLOSED', { task, visit: 0, outcome, fired: [], notTaken: notTaken(flow, task), ...failure })
  }
}

/** Tasks that were never reached, with the edges that were not taken. Those of a cancellation are none of them. */
function recordSkipped(draft: Draft, flow: FlowState): void {
  const reachable = reachableFrom(flow, flow.definition.start)
  for (const { name } of flow.definition.tasks) {
    if (flow.visits.has(name) || flow.recorded.has(name) || !reachable.has(name)) continue
    draft.append('FLOW_TASK_CLOSED', { task: name, visit: 0, outcome: 'skipped', fired: [], notTaken: notTaken(flow, name) })
  }
}

function notTaken(flow: FlowState, target: string): { from: string; edge: number }[] {
  const edges: { from: string; edge: number }[] = []
  for (const from of flow.tasks.get(target)?.sources ?? []) {
    for (const [edge, { do: targets }] of (flow.tasks.get(from)?.next ?? []).entries())
      if (targets.includes(target) && !flow.taken.get(from)?.has(edge)) edges.push({ from, edge })
  }
  return edges
}

function reachableFrom(flow: FlowState, start: string[]): Set<string> {
  const found = new Set(start)
  for (const name of found) {
    for (const edge of flow.tasks.get(name)?.next ?? []) for (const target of edge.do) found.add(target)
  }
  return found
}
