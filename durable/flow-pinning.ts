/** What a run of a flow is started with: the flow as it is saved now, and an input that its schema takes. */
import { type Answer, accepted, refused } from '../engine/answer.ts'
import type { FlowDefinition, FlowPin } from '../engine/flow/definition.ts'
import { checkInput } from '../engine/flow/input-schema.ts'
import { flowOfKind, isFlowKind } from '../schemas/flow/names.ts'
import type { Env } from './env.ts'
import { flowsStub } from './stubs.ts'

interface Startable {
  org: string
  kind: string
  /** JSON text. */
  input?: string
}

/** A start of a flow with its definition and its whole input; a start of coded work as it is. */
export async function pinned<Start extends Startable>(env: Env, start: Start): Promise<Answer<Start & { flow?: FlowPin }>> {
  if (!isFlowKind(start.kind)) return accepted(start)
  const named = flowOfKind(start.kind)
  if (named === undefined) return refused('invalid_request', `kind ${start.kind} is not flow:<name>[@version]`)
  const found = await flowsStub(env, start.org).pin(named.name, named.version)
  if (!found.ok) return found
  const definition: FlowDefinition = JSON.parse(found.value.definition)
  const checked = checkInput(definition.input, start.input === undefined ? undefined : JSON.parse(start.input))
  if (!checked.ok) return checked
  const input = checked.value === undefined ? {} : { input: JSON.stringify(checked.value) }
  return accepted({ ...start, ...input, flow: found.value })
}
