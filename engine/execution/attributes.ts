/** Attributes of an execution: what it is found by. Setting some keeps the others. */
import type { Refusal } from '../../schemas/errors.ts'
import { limits } from '../../schemas/limits.ts'
import { refused } from '../answer.ts'
import type { Attributes, WorkflowCommand } from './commands.ts'

export const mergeAttributes = (before: Attributes, added: Attributes): Attributes => ({ ...before, ...added })

const encoder = new TextEncoder()

/** What the run would have after each of the commands is within the limits. */
export function checkAttributes(before: Attributes, commands: WorkflowCommand[]): { ok: false; refusal: Refusal } | undefined {
  let merged = before
  for (const [index, command] of commands.entries()) {
    if (command.type !== 'SET_ATTRIBUTES') continue
    merged = mergeAttributes(merged, command.attributes)
    const keys = Object.keys(merged).length
    const where = `commands[${index}].attributes: the execution would have`
    if (keys > limits.attributeKeys) {
      return refused('invalid_request', `${where} ${keys} attributes, the limit of attributeKeys is ${limits.attributeKeys}`)
    }
    const bytes = encoder.encode(JSON.stringify(merged)).length
    if (bytes > limits.attributeBytes) {
      const reason = `${where} ${bytes} bytes of attributes, the limit of attributeBytes is ${limits.attributeBytes}`
      return refused('payload_too_large', reason)
    }
  }
  return undefined
}
