/** Every answer names its request, by the caller's `X-Request-Id` where that is harmless, else by one of our own. */
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from './app-env.ts'

const harmless = /^[A-Za-z0-9._-]{1,100}$/

export const requestIds = createMiddleware<AppEnv>(async (c, next) => {
  const given = c.req.header('X-Request-Id')
  const requestId = given !== undefined && harmless.test(given) ? given : crypto.randomUUID()
  c.set('requestId', requestId)
  await next()
  // The headers of a WebSocket upgrade belong to the object that made it.
  if (c.res.status === 101) return
  c.res.headers.set('X-Request-Id', requestId)
  c.res.headers.set('X-Content-Type-Options', 'nosniff')
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store')
})
