/** What every handler may read: bindings, and what the middleware before it has settled. */
import type { Context } from 'hono'
import type { Env } from '../durable/env.ts'
import type { Organisation } from '../engine/organisation/organisation.ts'
import type { Principal } from './auth/principal.ts'

export interface AppEnv {
  Bindings: Env
  Variables: {
    requestId: string
    principal: Principal
    /** Set on every route below `/api/orgs/{org}` except the one that creates it. */
    organisation: Organisation
  }
}

export type AppContext = Context<AppEnv>
