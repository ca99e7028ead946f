/** Whoever follows an execution does so as long as the key is good with which it came. */
import { expired } from '../../engine/organisation/organisation.ts'
import type { Env } from '../env.ts'
import { organisationOf } from '../settings-cache.ts'
import type { Follower } from './stream-request.ts'

/** At most 5 s behind the settings. */
export async function mayFollow(env: Env, org: string, { keyId, keyExpiresAt }: Follower): Promise<boolean> {
  const now = Date.now()
  if (keyExpiresAt !== undefined && keyExpiresAt <= now) return false
  if (keyId === 'root') return true
  const organisation = await organisationOf(env, org)
  return organisation?.keys.some((key) => key.keyId === keyId && !expired(key, now)) ?? false
}
