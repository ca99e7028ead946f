/** Whoever stays with an execution, to follow it or to report, does so as long as the key is good with which it came. */
import { expired, type Organisation } from '../../engine/organisation/organisation.ts'
import type { Env } from '../env.ts'
import { organisationOf } from '../settings-cache.ts'

/** It ends with the key, and with the time of a token. */
export interface Caller {
  keyId: string
  /** Epoch ms. */
  keyExpiresAt?: number
}

/** The organisation, if the key is still good; at most 5 s behind the settings. */
export async function organisationFor(env: Env, org: string, { keyId, keyExpiresAt }: Caller): Promise<Organisation | undefined> {
  const now = Date.now()
  if (keyExpiresAt !== undefined && keyExpiresAt <= now) return undefined
  const organisation = (await organisationOf(env, org)) ?? undefined
  const isGood = keyId === 'root' || organisation?.keys.some((key) => key.keyId === keyId && !expired(key, now))
  return isGood ? organisation : undefined
}
