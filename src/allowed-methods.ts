/** What no route took: a path that exists under another method is answered 405, with the methods it has. */

import type { OpenAPIHono } from '@hono/zod-openapi'
import type { NotFoundHandler } from 'hono'
import type { AppEnv } from './app-env.ts'
import { refuse } from './problem.ts'

interface KnownPath {
  pattern: RegExp
  methods: string[]
}

export function answerUnknown(application: OpenAPIHono<AppEnv>): NotFoundHandler<AppEnv> {
  let paths: KnownPath[] | undefined
  return (c) => {
    paths ??= knownPaths(application)
    const known = paths.find(({ pattern }) => pattern.test(c.req.path))
    if (known === undefined) return refuse(c, { code: 'not_found', message: `there is no ${c.req.path.slice(0, 300)} here` })
    const allow = known.methods.join(', ')
    return refuse(c, { code: 'method_not_allowed', message: `${c.req.method} is not taken here: ${allow}` }, { Allow: allow })
  }
}

function knownPaths(application: OpenAPIHono<AppEnv>): KnownPath[] {
  const methods = new Map<string, string[]>()
  for (const definition of application.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue
    const { path, method } = definition.route
    const list = methods.get(path) ?? []
    list.push(method.toUpperCase(), ...(method === 'get' ? ['HEAD'] : []))
    methods.set(path, list)
  }
  return [...methods].map(([path, list]) => ({
    pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
    methods: list,
  }))
}
