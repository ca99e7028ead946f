/** `ctx.state` and `ctx.setAttributes`: said at once, in the log with the answer. */

import { attributes as attributesSchema } from '../../../schemas/events.ts'
import { name as keySchema } from '../../../schemas/identity.ts'
import { limits } from '../../../schemas/limits.ts'
import type { Attributes } from '../../definition/child.ts'
import { checked } from '../../definition/name.ts'
import type { WorkflowState } from '../../definition/workflow-context.ts'
import { encodePayload } from '../../values/payload.ts'
import { InvalidValue } from '../../values/refusal.ts'
import { wording } from '../wording.ts'
import type { Caller } from './caller.ts'

export function makeState({ state }: Caller): WorkflowState {
  const { keyValues } = state
  const set = (key: string, value: unknown): void => {
    state.enterOrThrow('state.set')
    checked(keySchema, key, 'the key of a value')
    const encoded = encodePayload(value, `the value of ${key}`)
    const matched = state.match({ type: 'state', what: wording.setState(key) }, set)
    if (matched === undefined) return
    keyValues.set(key, encoded)
    if (matched.isNew) state.commands.push({ type: 'SET_STATE', key, value: encoded })
  }
  const remove = (key: string): boolean => {
    state.enterOrThrow('state.delete')
    if (!keyValues.has(key)) return false
    const matched = state.match({ type: 'state', what: wording.clearState(key) }, remove)
    if (matched === undefined) return true
    keyValues.delete(key)
    if (matched.isNew) state.commands.push({ type: 'CLEAR_STATE', key })
    return true
  }
  return {
    get<Value>(key: string): Value | undefined {
      state.enterOrThrow('state.get')
      return keyValues.get(key) as Value | undefined
    },
    set,
    delete: remove,
    keys() {
      state.enterOrThrow('state.keys')
      return keyValues.keys()
    },
  }
}

export function makeSetAttributes({ state }: Caller) {
  const setAttributes = (attributes: Attributes): void => {
    state.enterOrThrow('setAttributes')
    const added = checked(attributesSchema, attributes, 'attributes')
    const merged = { ...(state.attributes ?? state.book.started?.data.attributes), ...added }
    checkSize(merged)
    const matched = state.match({ type: 'attributes', what: wording.attributes() }, setAttributes)
    if (matched === undefined) return
    state.attributes = merged
    if (matched.isNew) state.commands.push({ type: 'SET_ATTRIBUTES', attributes: added })
  }
  return setAttributes
}

/** The service would refuse the whole answer. */
function checkSize(merged: Attributes): void {
  const keys = Object.keys(merged).length
  if (keys > limits.attributeKeys) {
    throw new InvalidValue('attributes', [], `there would be ${keys} of them, the limit is ${limits.attributeKeys}`)
  }
  const bytes = new TextEncoder().encode(JSON.stringify(merged)).length
  if (bytes > limits.attributeBytes) {
    throw new InvalidValue('attributes', [], `they would have ${bytes} bytes, the limit is ${limits.attributeBytes}`)
  }
}
