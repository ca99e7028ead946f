/** A service of its own for a test file: two organisations, and a key of every role in each. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Problem, problem } from '../../schemas/errors.ts'
import { type Role, role } from '../../schemas/organisation.ts'
import { makeKey, makeOrganisation } from '../../scripts/organisation.ts'
import { type Service, startService } from '../../scripts/service.ts'

export interface TestService extends Service {
  data: string
  /** Keys of the organisation `acme` by role. */
  keys: Record<Role | 'root', string>
  /** The admin key of the organisation `other`. */
  foreignKey: string
  end(): Promise<void>
}

export async function startTestService(): Promise<TestService> {
  const data = await mkdtemp(join(tmpdir(), 'perdure-api-'))
  const service = await startService({ data })
  for (const org of ['acme', 'other']) await makeOrganisation(service, org)
  const made = await Promise.all(role.options.map(async (name) => [name, (await makeKey(service, 'acme', name)).key] as const))
  const keys = { root: service.rootKey, admin: '', client: '', worker: '', viewer: '', ...Object.fromEntries(made) }
  const foreign = await makeKey(service, 'other', 'admin')
  const end = async () => {
    await service.kill('SIGKILL')
    await rm(data, { recursive: true, force: true })
  }
  return { ...service, data, keys, foreignKey: foreign.key, end }
}

export interface Call {
  method?: string
  key?: string
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is. */
  text?: string
  headers?: Record<string, string>
}

/** `path` is below `/api/orgs/`, or begins with `/`. */
export function call(url: string, path: string, { method, key, body, text, headers }: Call = {}): Promise<Response> {
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body))
  return fetch(path.startsWith('/') ? url + path : `${url}/api/orgs/${path}`, {
    method: method ?? (sent === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key !== undefined && { Authorization: `Bearer ${key}` }),
      ...(sent !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
  })
}

export async function problemOf(response: Response): Promise<Problem> {
  if (response.headers.get('Content-Type') !== 'application/problem+json') {
    throw new Error(`not a problem: ${response.status} ${await response.text()}`)
  }
  return problem.parse(await response.json())
}
