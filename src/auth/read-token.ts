/**
 * Short-lived tokens to read with, for browsers, which cannot set headers on `EventSource` and `WebSocket`. A token is
 * signed with the hash of the key that made it, so nothing is stored, and it ends with its key.
 */
import { z } from 'zod'
import { executionId } from '../../schemas/identity.ts'
import { base64url, equalConstantTime, hmacSha256 } from './digest.ts'

const content = z.strictObject({
  /** Who made it: a key id, or `root`. */
  by: z.string(),
  /** The only execution that it reads. */
  execution: executionId.optional(),
  expiresAt: z.number().int(),
})
export type ReadToken = z.infer<typeof content>

const prefix = 'pdt_'

const signature = async (secret: string, org: string, text: string): Promise<string> =>
  base64url(await hmacSha256(secret, `perdure/token/${org}/${text}`))

/** `secret`: the hash of the maker's key. */
export async function makeReadToken(secret: string, org: string, token: ReadToken): Promise<string> {
  const text = base64url(new TextEncoder().encode(JSON.stringify(token)))
  return `${prefix}${text}.${await signature(secret, org, text)}`
}

/** What a token says, if it is ours and its time is not over; `secretOf` finds the hash of its maker's key. */
export async function readTokenOf(
  given: string,
  org: string,
  secretOf: (by: string) => Promise<string | undefined>,
  now: number,
): Promise<ReadToken | undefined> {
  const [text = '', mac = ''] = given.startsWith(prefix) ? given.slice(prefix.length).split('.') : []
  const said = content.safeParse(parse(text))
  if (!said.success || said.data.expiresAt <= now) return undefined
  const secret = await secretOf(said.data.by)
  if (secret === undefined || !equalConstantTime(mac, await signature(secret, org, text))) return undefined
  return said.data
}

function parse(text: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
