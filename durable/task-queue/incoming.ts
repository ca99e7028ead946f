/** A socket's text as a message of the protocol, or what is wrong with it. */
import { type Up, up } from '../../schemas/socket/up.ts'

export function readMessage(text: string | ArrayBuffer): { ok: true; message: Up } | { ok: false; problem: string } {
  if (typeof text !== 'string') return { ok: false, problem: 'messages are JSON text' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, problem: 'the message is not JSON' }
  }
  const parsed = up.safeParse(value)
  if (parsed.success) return { ok: true, message: parsed.data }
  const [issue] = parsed.error.issues
  return { ok: false, problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a message of the protocol'}` }
}
