/** A route that declares no query parameters takes none: what would have no effect is refused, like an unknown field. */
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'
import { refuse } from './problem.ts'

export const noQuery: MiddlewareHandler<AppEnv> = (c, next) => {
  const errors = Object.keys(c.req.query()).map((path) => ({ path, message: 'unknown query parameter' }))
  const [first] = errors
  if (first === undefined) return next()
  return Promise.resolve(refuse(c, { code: 'invalid_request', message: `${first.path}: ${first.message}`, errors }))
}
