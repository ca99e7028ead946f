/** The door of every route below `/api/orgs/{org}`. Fails closed: without a root key nothing is served. */
import type { MiddlewareHandler } from 'hono'
import { freshMs } from '../../durable/settings-cache.ts'
import { protocol } from '../../schemas/socket/protocol.ts'
import type { AppContext, AppEnv } from '../app-env.ts'
import { refuse } from '../problem.ts'
import { type Access, accessTable } from './access.ts'
import { identify, identifyToken } from './principal.ts'

export const rootKeyOf = (c: AppContext): string | null => c.env.PERDURE_ROOT_KEY?.trim() || null

export const noRootKey = { code: 'internal', message: 'PERDURE_ROOT_KEY is not set: nothing is served without it' } as const

export const authenticate =
  (access: Access, maxAgeMs = freshMs): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const rootKey = rootKeyOf(c)
    if (rootKey === null) return refuse(c, noRootKey)
    const token = takeToken(c)
    const key = givenKey(c) ?? token
    if (key === null) return refuse(c, { code: 'unauthenticated', message: 'give a key: Authorization: Bearer pd_…' })
    const org = c.req.param('org') ?? ''
    const find = key === token ? identifyToken : identify
    const identified = await find(c.env, { rootKey, org, key, maxAgeMs })
    if (identified === null) return refuse(c, { code: 'unauthenticated', message: 'this key is not known here' })
    const { principal, organisation } = identified
    const { roles, what } = accessTable[access]
    if (principal.role !== 'root' && !roles.includes(principal.role)) {
      const who = principal.isToken ? 'a token that only reads' : `a ${principal.role} key`
      return refuse(c, { code: 'forbidden', message: `${who} may not do this (${what})` })
    }
    const { execution, isToken } = principal
    if (isToken && (c.req.method !== 'GET' || (execution !== undefined && execution !== c.req.param('id')))) {
      const scope = execution === undefined ? 'read' : `read execution ${execution}`
      return refuse(c, { code: 'forbidden', message: `this token may only ${scope}` })
    }
    if (organisation !== null) c.set('organisation', organisation)
    else if (access !== 'own') return refuse(c, { code: 'not_found', message: 'there is no such organisation' })
    c.set('principal', principal)
    await next()
    // A token is all that a page needs to read, wherever the page comes from; keys are not for pages.
    if (isToken && c.res.status !== 101) c.res.headers.set('Access-Control-Allow-Origin', '*')
    return undefined
  }

/** A token in the query is not the route's business: it is taken out of it. */
function takeToken(c: AppContext): string | null {
  if (c.req.query('token') === undefined) return null
  const url = new URL(c.req.url)
  const token = url.searchParams.get('token')
  if (token === null) return null
  url.searchParams.delete('token')
  c.req.raw = new Request(url, c.req.raw)
  return token
}

/** From the header, or for sockets of clients that cannot set headers from a second subprotocol. */
function givenKey(c: AppContext): string | null {
  const header = c.req.header('Authorization')
  if (header !== undefined) return /^Bearer ([\x21-\x7e]{1,500})$/i.exec(header)?.[1] ?? null
  if (c.req.header('Upgrade')?.toLowerCase() !== 'websocket') return null
  const offered = subprotocols(c).find((name) => name.startsWith(protocol.keyPrefix))
  return offered?.slice(protocol.keyPrefix.length) || null
}

export const subprotocols = (c: AppContext): string[] =>
  (c.req.header('Sec-WebSocket-Protocol') ?? '').split(',').map((name) => name.trim())
