/** What a run of a flow is started with: the flow as it is saved now, and an input that its schema takes. */
import { flowOfKind, isFlowKind } from '../../schemas/flow/names.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import type { FlowDefinition, FlowPin } from './definition.ts'
import { checkInput } from './input-schema.ts'

export interface Startable {
  kind: string
  /** JSON text. */
  input?: string
}

export type Pinned<Start extends Startable> = Start & { flow?: FlowPin }

/** Which flow this starts; undefined for coded work. */
export function flowToPin(start: Startable): Answer<{ name: string; version?: number } | undefined> {
  if (!isFlowKind(start.kind)) return accepted(undefined)
  const named = flowOfKind(start.kind)
  return named === undefined ? refused('invalid_request', `kind ${start.kind} is not flow:<name>[@version]`) : accepted(named)
}

/** The start with its flow, and with its whole input. */
export function withFlow<Start extends Startable>(start: Start, flow: FlowPin): Answer<Pinned<Start>> {
  const definition: FlowDefinition = JSON.parse(flow.definition)
  const checked = checkInput(definition.input, start.input === undefined ? undefined : JSON.parse(start.input))
  if (!checked.ok) return checked
  const input = checked.value === undefined ? {} : { input: JSON.stringify(checked.value) }
  return accepted({ ...start, ...input, flow })
}
