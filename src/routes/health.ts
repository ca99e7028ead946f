/** Whether the service lives, and whether it can serve. Open to everyone. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { settingsOf } from '../../durable/stubs.ts'
import { rootKeyOf } from '../auth/authenticate.ts'
import { json, routes } from '../openapi.ts'

const health = z.object({ status: z.enum(['ok', 'unavailable']), reason: z.string().optional() })

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'health',
  tags: ['Service'],
  summary: 'The process lives',
  responses: { 200: json(health, 'It lives') },
})

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'readiness',
  tags: ['Service'],
  summary: 'The service is configured and its objects answer',
  responses: { 200: json(health, 'It serves'), 503: json(health, 'It refuses to serve') },
})

export const healthRoutes = routes()
  .openapi(alive, (c) => c.json({ status: 'ok' as const }, 200))
  .openapi(ready, async (c) => {
    if (rootKeyOf(c) === null) return c.json({ status: 'unavailable' as const, reason: 'PERDURE_ROOT_KEY is not set' }, 503)
    try {
      await settingsOf(c.env, 'default').read()
      return c.json({ status: 'ok' as const }, 200)
    } catch {
      return c.json({ status: 'unavailable' as const, reason: 'objects do not answer' }, 503)
    }
  })
