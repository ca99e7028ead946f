/** Attributes of an execution: what it is found by. Setting some keeps the others. */
import type { Refusal } from '../../schemas/errors.ts'
import { limits } from '../../schemas/limits.ts'
import { refused } from '../answer.ts'
import type { Attributes, WorkflowCommand } from './commands.ts'

export const mergeAttributes = (before: Attributes, added: Attributes): Attributes => ({ ...before, ...added })

const encoder = new TextEncoder()

/** What the run, or a child of it, would have after each of the commands is within the limits. */
export function checkAttributes(before: Attributes, commands: WorkflowCommand[]): { ok: false; refusal: Refusal } | undefined {
  let merged = before
  for (const [index, command] of commands.entries()) {
    if (command.type !== 'SET_ATTRIBUTES' && command.type !== 'START_CHILD_WORKFLOW') continue
    if (command.attributes === undefined) continue
    const all = mergeAttributes(merged, command.attributes)
    const whose = command.type === 'SET_ATTRIBUTES' ? 'the execution' : 'the child'
    const wrong = excess(all, `commands[${index}].attributes: ${whose} would have`)
    if (wrong !== undefined) return wrong
    if (command.type === 'SET_ATTRIBUTES') merged = all
  }
  return undefined
}

function excess(attributes: Attributes, where: string): { ok: false; refusal: Refusal } | undefined {
  const keys = Object.keys(attributes).length
  if (keys > limits.attributeKeys) {
    return refused('invalid_request', `${where} ${keys} attributes, the limit of attributeKeys is ${limits.attributeKeys}`)
  }
  const bytes = encoder.encode(JSON.stringify(attributes)).length
  if (bytes > limits.attributeBytes) {
    const reason = `${where} ${bytes} bytes of attributes, the limit of attributeBytes is ${limits.attributeBytes}`
    return refused('payload_too_large', reason)
  }
  return undefined
}
