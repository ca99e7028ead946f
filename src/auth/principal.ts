/** Who is asking. Keys are known by their hash only. */
import type { Env } from '../../durable/env.ts'
import { organisationOf } from '../../durable/settings-cache.ts'
import { expired, type Organisation, type OrganisationKey } from '../../engine/organisation/organisation.ts'
import { orgName } from '../../schemas/identity.ts'
import type { Role } from '../../schemas/organisation.ts'
import { equalConstantTime, hex, sha256 } from './digest.ts'

/** The root key may do everything in every organisation. */
export interface Principal {
  role: Role | 'root'
  /** `root`, or the key's id: as events name who did something. */
  name: string
  expiresAt?: number
}

export interface Identified {
  principal: Principal
  organisation: Organisation | null
}

/** A key that this isolate does not know may be new: it is looked up again, but not for every guess. */
const recheckMs = 250

export interface Credentials {
  rootKey: string
  org: string
  key: string
  /** How old the list of keys may be that this one is looked up in. */
  maxAgeMs: number
}

/** The principal behind a key in an organisation, or null: unknown, expired, or of another organisation. */
export async function identify(env: Env, { rootKey, org, key, maxAgeMs }: Credentials): Promise<Identified | null> {
  const [hash, rootHash] = await Promise.all([sha256(key).then(hex), sha256(rootKey).then(hex)])
  const named = orgName.safeParse(org).success
  if (equalConstantTime(hash, rootHash)) {
    const organisation = named ? ((await organisationOf(env, org)) ?? (await organisationOf(env, org, recheckMs))) : null
    return { principal: { role: 'root', name: 'root' }, organisation }
  }
  if (!named) return null
  let organisation = await organisationOf(env, org, maxAgeMs)
  let match = matchingKey(organisation, hash)
  if (match === null) {
    organisation = await organisationOf(env, org, recheckMs)
    match = matchingKey(organisation, hash)
  }
  if (match === null || expired(match, Date.now())) return null
  const { keyId, role, expiresAt } = match
  return { principal: { role, name: keyId, ...(expiresAt !== undefined && { expiresAt }) }, organisation }
}

/** Compares with every key, so that the time says nothing about which one was close. */
function matchingKey(organisation: Organisation | null, hash: string): OrganisationKey | null {
  let match: OrganisationKey | null = null
  for (const key of organisation?.keys ?? []) if (equalConstantTime(key.hash, hash)) match = key
  return match
}
