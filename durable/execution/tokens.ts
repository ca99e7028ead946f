/**
 * Proof that work was given: `attempt.mac`, the mac an HMAC-SHA-256 (RFC 2104) of run, work and attempt with the
 * execution's secret. Verified without a row, after any restart. An activation's also says which block of the log was the
 * last when it was given, which is written before its mac: so side effects that one activation has left running are told
 * from the next activation, even by who no longer knows under what id that was given.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface GivenWork {
  run: number
  /** A task id; for activations and what they leave running any other. */
  id: string
  attempt: number
  /** Of an activation. */
  blockEnd?: number
}

/** What a token is for; `attempt` is 0 when it is not one of ours. */
export interface TokenReading {
  attempt: number
  blockEnd: number
}

const blockBytes = 6
const macBytes = 16

const isTask = (id: string): boolean => id.startsWith('task-')

/** All activations of a run share one count of attempts, so they share the name. */
function mac(secret: string, { run, id, attempt, blockEnd = 0 }: GivenWork): Buffer {
  const work = isTask(id) ? id : `activation/${blockEnd}`
  return createHmac('sha256', secret).update(`${run}/${work}/${attempt}`).digest().subarray(0, macBytes)
}

export function signToken(secret: string, work: GivenWork): string {
  const proof = mac(secret, work)
  if (isTask(work.id)) return `${work.attempt}.${proof.toString('base64url')}`
  const block = Buffer.alloc(blockBytes)
  block.writeUIntBE(work.blockEnd ?? 0, 0, blockBytes)
  return `${work.attempt}.${Buffer.concat([block, proof]).toString('base64url')}`
}

export function readToken(secret: string, run: number, id: string, token: string): TokenReading {
  const dot = token.indexOf('.')
  const attempt = Number(token.slice(0, dot))
  const bytes = Buffer.from(token.slice(dot + 1), 'base64url')
  const isOfActivation = !isTask(id) && bytes.length === blockBytes + macBytes
  const blockEnd = isOfActivation ? bytes.readUIntBE(0, blockBytes) : 0
  const given = isOfActivation ? bytes.subarray(blockBytes) : bytes
  const expected = mac(secret, { run, id, attempt, blockEnd })
  return given.length === expected.length && timingSafeEqual(given, expected)
    ? { attempt, blockEnd }
    : { attempt: 0, blockEnd: 0 }
}
