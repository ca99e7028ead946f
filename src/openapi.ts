/** How a route is declared: who may use it, what it takes, and that it may answer a problem. */
import { zodToOpenAPIRegistry } from '@asteasolutions/zod-to-openapi'
import { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { command } from '../schemas/commands.ts'
import { problem } from '../schemas/errors.ts'
import { eventPage, historyEvent } from '../schemas/events.ts'
import { description, executionResult, startRequest } from '../schemas/executions.ts'
import { failure } from '../schemas/failure.ts'
import { executionId, orgName } from '../schemas/identity.ts'
import { limits } from '../schemas/limits.ts'
import { reply, report } from '../schemas/reports.ts'
import { activation, taskWork } from '../schemas/work.ts'
import type { AppEnv } from './app-env.ts'
import type { Access } from './auth/access.ts'
import { authenticate } from './auth/authenticate.ts'
import { readBody } from './body.ts'
import { noQuery } from './no-query.ts'
import { refuse } from './problem.ts'

/** Schemas that the document names instead of repeating. */
const named = {
  Problem: problem,
  Failure: failure,
  HistoryEvent: historyEvent,
  EventPage: eventPage,
  StartRequest: startRequest,
  Description: description,
  ExecutionResult: executionResult,
  Command: command,
  Report: report,
  Reply: reply,
  Activation: activation,
  Task: taskWork,
}
for (const [refId, schema] of Object.entries(named)) zodToOpenAPIRegistry.add(schema, { _internal: { refId } })

export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

export const jsonBody = <Schema extends z.ZodType>(schema: Schema, required = true) => ({
  required,
  content: { 'application/json': { schema } },
})

export const orgParam = z.strictObject({ org: orgName })
export const executionParam = orgParam.extend({ id: executionId })
export const idempotencyHeader = z.object({ 'idempotency-key': z.string().min(1).max(200).optional() })

const problemAnswer = {
  description: 'A refusal; `code` says which',
  content: { 'application/problem+json': { schema: problem } },
}

interface Guard {
  access: Access
  /** What is in the body; `json`. */
  body?: 'json' | 'flow'
  /** Of the whole request. */
  bodyBytes?: number
  /** How old the list of keys may be; what stays open for longer than a request looks them up anew. */
  keysMaxAgeMs?: number
}

/** A route below `/api/orgs/{org}`: nobody reaches its handler, nor has a body read, without a key that allows it. */
export function guarded<Path extends string, Route extends Omit<RouteConfig, 'path'> & { path: Path }>(
  guard: Guard,
  route: Route,
) {
  const middleware: MiddlewareHandler<AppEnv>[] = [authenticate(guard.access, guard.keysMaxAgeMs)]
  if (route.request?.query === undefined) middleware.push(noQuery)
  const body = route.request?.body
  if (body) middleware.push(readBody(guard.bodyBytes ?? limits.requestBytes, body.required ?? false, guard.body))
  return createRoute<Path, Route>({
    ...route,
    'x-perdure-access': guard.access,
    security: [{ key: [] }],
    middleware,
    responses: { ...route.responses, default: problemAnswer },
  })
}

/** An empty set of routes whose validation errors are problems with paths. */
export const routes = (router?: OpenAPIHono<AppEnv>['router']) =>
  new OpenAPIHono<AppEnv>({
    ...(router !== undefined && { router }),
    defaultHook: (result, c) => {
      if (result.success) return
      const errors = result.error.issues.flatMap((issue) => problemsOf(issue))
      const [first] = errors
      const message = first ? [first.path, first.message].filter(Boolean).join(': ') : 'the request is not valid'
      return refuse(c, { code: 'invalid_request', message, errors: errors.slice(0, 100) })
    },
  })

/** An unknown field is named by its own path, one entry each; of what may be several things, the one that was meant speaks. */
function problemsOf(issue: z.core.$ZodIssue, within: PropertyKey[] = []): { path: string; message: string }[] {
  const path = [...within, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'unknown field' }))
  }
  const meant = issue.code === 'invalid_union' ? issue.errors.find((branch) => branch.every(isOfItsType)) : undefined
  if (meant !== undefined && meant.length > 0) return meant.flatMap((each) => problemsOf(each, path))
  return [{ path: path.join('.'), message: issue.message }]
}

const isOfItsType = ({ code, path }: z.core.$ZodIssue): boolean => code !== 'invalid_type' || path.length > 0
