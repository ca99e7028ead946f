/** The OpenAPI document, made of the declared routes, and a page that shows it. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { flowJsonSchema } from '../../schemas/flow/file.ts'
import { sendText } from '../answer.ts'
import type { AppEnv } from '../app-env.ts'
import { noRootKey, rootKeyOf } from '../auth/authenticate.ts'
import { type OpenApiDocument, renderDocument } from '../document-page.ts'
import { json, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

const document = createRoute({
  method: 'get',
  path: '/api/openapi.json',
  operationId: 'openApiDocument',
  tags: ['Service'],
  summary: 'This document',
  responses: { 200: json(z.record(z.string(), z.unknown()), 'OpenAPI 3.1') },
})

const flowSchema = createRoute({
  method: 'get',
  path: '/api/flow.schema.json',
  operationId: 'flowSchema',
  tags: ['Service'],
  summary: 'JSON Schema of a flow, for editors',
  responses: { 200: json(z.record(z.string(), z.unknown()), 'JSON Schema 2020-12') },
})

const page = createRoute({
  method: 'get',
  path: '/docs',
  operationId: 'documentPage',
  tags: ['Service'],
  summary: 'This document as a page',
  responses: { 200: { description: 'HTML', content: { 'text/html': { schema: z.string() } } } },
})

const info = {
  openapi: '3.1.0',
  info: {
    title: 'Perdure',
    version: '0.1.0',
    description: 'Durable workflows on Durable Objects. Times are epoch milliseconds (`…At`), durations milliseconds (`…Ms`).',
    license: { name: 'MIT', identifier: 'MIT' },
  },
}

/** Of the whole application, so it is made when first asked for, once all routes are there. */
export function documentRoutes(application: OpenAPIHono<AppEnv>) {
  let made: OpenApiDocument | undefined
  const documentOf = () => (made ??= cleanPatterns(application.getOpenAPI31Document(info)))
  return routes()
    .openapi(document, (c) => (rootKeyOf(c) === null ? refuse(c, noRootKey) : sendText(JSON.stringify(documentOf()), 200)))
    .openapi(flowSchema, (c) => (rootKeyOf(c) === null ? refuse(c, noRootKey) : sendText(JSON.stringify(flowJsonSchema()), 200)))
    .openapi(page, (c) => {
      if (rootKeyOf(c) === null) return refuse(c, noRootKey)
      c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
      return c.html(renderDocument(documentOf()), 200)
    })
}

/** The generator writes a pattern with flags as `…/u`, which no reader of JSON Schema understands. */
const cleanPatterns = (document: object): OpenApiDocument =>
  JSON.parse(JSON.stringify(document), (key, value) =>
    key === 'pattern' && typeof value === 'string' ? value.replace(/\/u$/, '') : value,
  ) as OpenApiDocument
