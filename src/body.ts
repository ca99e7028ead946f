/**
 * Reads a request's body once, before anything is validated: type, size, encoding. Hono's own readers then find its
 * text in place, so a body is never buffered beyond its limit nor decoded twice.
 */
import type { MiddlewareHandler } from 'hono'
import type { AppContext, AppEnv } from './app-env.ts'
import { refuse } from './problem.ts'

/** What a body may be: the type is said, and checked before anything is read of it. */
export const bodyTypes = {
  json: { pattern: /^application\/json(\s*;.*)?$/i, name: 'application/json', what: 'a JSON body' },
  /** JSON is YAML, and is read as such. */
  flow: {
    pattern: /^(application\/(x-)?yaml|text\/(x-)?yaml|text\/plain|application\/json)(\s*;.*)?$/i,
    name: 'application/yaml or application/json',
    what: 'a flow, as YAML or JSON,',
  },
} as const

export const readBody =
  (limit: number, required: boolean, kind: keyof typeof bodyTypes = 'json'): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const type = c.req.header('Content-Type')
    const { pattern, name, what } = bodyTypes[kind]
    const declared = Number(c.req.header('Content-Length') ?? 0)
    const bytes = await (declared > 0 && declared <= limit ? readWhole(c.req.raw, limit) : readUpTo(c.req.raw.body, limit))
    if (typeof bytes === 'number') {
      const size = declared > limit ? `has ${declared} bytes` : `has more than ${limit} bytes`
      return refuse(c, { code: 'payload_too_large', message: `the request ${size}; at most ${limit} are taken` })
    }
    if (type !== undefined && !pattern.test(type) && (bytes.length > 0 || required)) {
      return refuse(c, {
        code: 'unsupported_media_type',
        message: `the body must be ${name}, not ${type.slice(0, 100)}`,
      })
    }
    if (bytes.length === 0) {
      if (required)
        return refuse(c, {
          code: 'invalid_request',
          message: `${what} is required`,
          errors: [{ path: '', message: `${what} is required` }],
        })
      // Without a type there is nothing to validate; with one, an absent body is an empty object.
      keepText(c, type === undefined ? '' : '{}')
      return next()
    }
    if (type === undefined) return refuse(c, { code: 'unsupported_media_type', message: `the body must be ${name}` })
    const text = decode(bytes)
    if (text === null) return refuse(c, { code: 'invalid_request', message: 'the body is not UTF-8' })
    keepText(c, text)
    return next()
  }

/** Where Hono looks first; it keeps promises there, which its types do not say. */
const keepText = (c: AppContext, text: string) => Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })

/** So much of a body that is too large is still read: its sender sees the refusal instead of a broken connection. */
const drainBytes = 67_108_864

/** Of a size that was said: the platform reads that much. The bytes, or their number when there are too many. */
async function readWhole(request: Request, limit: number): Promise<Uint8Array | number> {
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length > limit ? bytes.length : bytes
}

/** Piece by piece. */
async function readUpTo(body: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array | number> {
  if (body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length <= limit) chunks.push(chunk)
    else chunks.length = 0
    if (length > drainBytes) break
  }
  if (length > limit) return length
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return null
  }
}
