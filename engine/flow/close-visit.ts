/**
 * A visit closes, once (L6): its outcome, the edges that are taken, and what they publish are one event.
 *
 * A condition or an expression that errors fails the task (F6); edges that want its failure are then taken.
 */
import type { Failure } from '../../schemas/failure.ts'
import { limits } from '../../schemas/limits.ts'
import type { Json } from '../../schemas/values.ts'
import { type Answer, accepted } from '../answer.ts'
import type { Draft } from '../execution/draft.ts'
import { PayloadText } from '../intake/payload-text.ts'
import type { FlowEdge, FlowTask } from './definition.ts'
import { evaluate } from './expression.ts'
import { countersOf, resultOf, scopeOf, varsOf } from './reading.ts'
import type { Scope } from './scope.ts'
import type { EndedStatus, FlowState, Visit } from './state.ts'
import { render } from './template.ts'
import { verdictOf } from './verdict.ts'

interface Leaving {
  fired: { edge: number; do: string[] }[]
  published: Record<string, Json>
}

export function closeVisit(
  draft: Draft,
  flow: FlowState,
  visit: Visit,
  { signal, failure }: { signal?: number; failure?: Failure } = {},
): void {
  const task = flow.tasks.get(visit.task)
  if (task === undefined) throw new Error(`the flow has no task ${visit.task}`)
  let outcome: EndedStatus =
    failure === undefined ? (signal === undefined ? verdictOf(flow, task, visit) : 'succeeded') : 'failed'
  let why = failure
  let leaving: Leaving = { fired: [], published: {} }
  if (flow.phase !== 'cancelling') {
    const settled =
      signal === undefined
        ? visit
        : { ...visit, items: [{ id: 'signal', status: 'succeeded' as const, attempts: 1, endedBy: signal }] }
    const scopeFor = (told: EndedStatus): Scope => scopeOf(draft, flow, { outcome: told, result: () => resultOf(draft, settled) })
    const left = leave(draft, flow, task, scopeFor(outcome), false)
    if (left.ok) leaving = left.value
    else {
      outcome = 'failed'
      why = { type: 'EXPRESSION', message: left.refusal.message }
      const again = leave(draft, flow, task, scopeFor('failed'), true)
      if (again.ok) leaving = again.value
    }
  }
  const publishes = Object.keys(leaving.published).length > 0
  const cause = outcome === 'succeeded' ? undefined : visit.items.find(({ status }) => status === 'failed')?.endedBy
  draft.append(
    'FLOW_TASK_CLOSED',
    {
      task: visit.task,
      visit: visit.number,
      outcome,
      ...(visit.fan !== undefined && { counters: countersOf(visit) }),
      fired: leaving.fired,
      ...(why !== undefined && { failure: why }),
    },
    {
      payload: publishes ? JSON.stringify(leaving.published) : undefined,
      note: {
        ...(signal !== undefined && { signal }),
        ...(cause !== undefined && { cause }),
        ...(publishes && { publishes: true }),
      },
    },
  )
}

/** The edges that match, in order, and what they publish. `lenient`: an edge that errors is one that does not match. */
function leave(draft: Draft, flow: FlowState, task: FlowTask, scope: Scope, lenient: boolean): Answer<Leaving> {
  const matching: { edge: FlowEdge; place: number }[] = []
  for (const [place, edge] of task.next.entries()) {
    const matches = edgeMatches(edge, scope)
    if (!matches.ok) {
      if (lenient) continue
      return { ok: false, refusal: { ...matches.refusal, message: `next[${place}].when: ${matches.refusal.message}` } }
    }
    if (matches.value) matching.push({ edge, place })
    if (matches.value && task.exclusive) break
  }
  const leaving: Leaving = { fired: [], published: {} }
  for (const { edge, place } of matching) {
    const vars = { ...varsOf(draft, flow), ...leaving.published }
    const published = publish(edge, { ...scope, values: { ...scope.values, vars } })
    if (!published.ok) {
      if (lenient) continue
      return { ok: false, refusal: { ...published.refusal, message: `next[${place}].publish: ${published.refusal.message}` } }
    }
    Object.assign(leaving.published, published.value)
    leaving.fired.push({ edge: place, do: edge.do })
  }
  const texts = new PayloadText(limits.payloadBytes)
  texts.of(leaving.published, 'publish')
  if (texts.refusal === null) return accepted(leaving)
  return lenient ? accepted({ ...leaving, published: {} }) : { ok: false, refusal: texts.refusal }
}

function edgeMatches({ when }: FlowEdge, scope: Scope): Answer<boolean> {
  if (when === undefined) return accepted(scope.outcome === 'succeeded')
  const answer = evaluate(when, scope)
  if (!answer.ok) return answer
  if (typeof answer.value === 'boolean') return accepted(answer.value)
  return {
    ok: false,
    refusal: { code: 'invalid_request', message: `true or false is needed, not ${JSON.stringify(answer.value)}` },
  }
}

function publish(edge: FlowEdge, scope: Scope): Answer<Record<string, Json>> {
  const values: Record<string, Json> = {}
  for (const [name, template] of Object.entries(edge.publish)) {
    const answer = render(template, scope)
    if (!answer.ok) return answer
    values[name] = answer.value
  }
  return accepted(values)
}
