/** Who is asking. Keys are known by their hash only. */
import type { Env } from '../../durable/env.ts'
import { organisationOf } from '../../durable/settings-cache.ts'
import { expired, type Organisation, type OrganisationKey } from '../../engine/organisation/organisation.ts'
import { orgName } from '../../schemas/identity.ts'
import type { Role } from '../../schemas/organisation.ts'
import { equalConstantTime } from './digest.ts'
import { keepHash, keyHash } from './key-hashes.ts'
import { readTokenOf } from './read-token.ts'

/** The root key may do everything in every organisation. */
export interface Principal {
  role: Role | 'root'
  /** `root`, or the key's id: as events name who did something. */
  name: string
  expiresAt?: number
  /** Of a token to read with: the only execution that it reads. */
  execution?: string
  isToken?: boolean
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
  const [hash, rootHash] = [keyHash(key), keyHash(rootKey)]
  keepHash(rootKey, rootHash)
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
  keepHash(key, hash)
  const { keyId, role, expiresAt } = match
  return { principal: { role, name: keyId, ...(expiresAt !== undefined && { expiresAt }) }, organisation }
}

/** The principal behind a token to read with. */
export async function identifyToken(env: Env, { rootKey, org, key, maxAgeMs }: Credentials): Promise<Identified | null> {
  if (!orgName.safeParse(org).success) return null
  const organisation = await organisationOf(env, org, maxAgeMs)
  const secretOf = async (by: string): Promise<string | undefined> => {
    if (by === 'root') return keyHash(rootKey)
    const made = organisation?.keys.find(({ keyId }) => keyId === by)
    return made === undefined || expired(made, Date.now()) ? undefined : made.hash
  }
  const token = await readTokenOf(key, org, secretOf, Date.now())
  if (token === undefined) return null
  const { by, expiresAt, execution } = token
  const principal: Principal = {
    role: 'viewer',
    name: by,
    expiresAt,
    isToken: true,
    ...(execution !== undefined && { execution }),
  }
  return { principal, organisation }
}

/** Compares with every key, so that the time says nothing about which one was close. */
function matchingKey(organisation: Organisation | null, hash: string): OrganisationKey | null {
  let match: OrganisationKey | null = null
  for (const key of organisation?.keys ?? []) if (equalConstantTime(key.hash, hash)) match = key
  return match
}
