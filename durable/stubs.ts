/**
 * How objects reach each other, and what they are called. The only file with casts: the platform's stub types cannot
 * say what the ports say (a recursive JSON type does not survive them).
 *
 * Names cannot collide: an organisation and a queue have no `/`, and an execution's id is the rest of its name.
 */
import { proxyDurable } from 'itty-durable'
import type { Env, ObjectKind, Peer } from './env.ts'
import type { IndexPort } from './execution-index/port.ts'
import type { FlowsPort } from './flow-definitions/port.ts'
import { homeOf } from './homes.ts'
import type { SettingsPort } from './org-settings.ts'
import type { ExecutionPort, QueuePort } from './ports.ts'

export const executionName = (org: string, executionId: string): string => `${org}/${executionId}`

export const queueObjectName = (org: string, queue: string, partition: number): string => `${org}/${queue}/${partition}`

export const indexObjectName = (org: string, shard: number): string => `${org}/${shard}`

/** What an execution object is, read from `ctx.id.name`. */
export function readExecutionName(name: string): { org: string; executionId: string } {
  const slash = name.indexOf('/')
  return { org: name.slice(0, slash), executionId: name.slice(slash + 1) }
}

/** What a queue object is, read from `ctx.id.name`. */
export function readQueueName(name: string): { org: string; queue: string; partition: number } {
  const [org = '', queue = '', partition = '0'] = name.split('/')
  return { org, queue, partition: Number(partition) }
}

export const executionStub = (env: Env, org: string, executionId: string): ExecutionPort =>
  objectOf(env, 'WORKFLOW_EXECUTION', executionName(org, executionId)) as unknown as ExecutionPort

export const queueStub = (env: Env, org: string, queue: string, partition: number): QueuePort =>
  objectOf(env, 'TASK_QUEUE', queueObjectName(org, queue, partition)) as unknown as QueuePort

export const indexStub = (env: Env, org: string, shard: number): IndexPort =>
  objectOf(env, 'EXECUTION_INDEX', indexObjectName(org, shard)) as unknown as IndexPort

/** One for the whole organisation. */
export const flowsStub = (env: Env, org: string): FlowsPort => objectOf(env, 'FLOW_DEFINITIONS', org) as unknown as FlowsPort

/** Any object, to who passes requests on and does not know what it is. */
export interface AnyObject {
  fetch(request: Request): Promise<Response>
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>

export const localObject = (env: Env, kind: ObjectKind, name: string): AnyObject => env[kind].getByName(name)

export function callObject(object: AnyObject, method: string, args: unknown[]): Promise<unknown> {
  const called = (object as unknown as Methods)[method]
  if (called === undefined) throw new TypeError(`there is no method ${method}`)
  return Reflect.apply(called, object, args)
}

/** In whichever process it lives. */
function objectOf(env: Env, kind: ObjectKind, name: string): AnyObject {
  const home = homeOf(env.PERDURE_PROCESS, name)
  return home === undefined ? localObject(env, kind, name) : remoteObject(env, home, kind, name)
}

/** Called through the process that has it. Like any stub it must not look like a promise. */
function remoteObject(env: Env, home: number, kind: ObjectKind, name: string): AnyObject {
  const peer = Reflect.get(env, `PERDURE_PEER_${home}`) as Peer | undefined
  if (peer === undefined) throw new Error(`process ${home} is not bound`)
  const fetch = (request: Request) => peer.fetch(addressed(request, { kind, name }))
  return new Proxy(
    { fetch },
    {
      get(known, method) {
        if (typeof method === 'symbol' || method === 'then') return undefined
        return method === 'fetch' ? known.fetch : (...args: unknown[]) => peer.call(kind, name, method, args)
      },
    },
  )
}

interface Address {
  kind: ObjectKind
  name: string
}

const addressHeader = 'X-Perdure-Object'

function addressed(request: Request, address: Address): Request {
  const headers = new Headers(request.headers)
  headers.set(addressHeader, encodeURIComponent(JSON.stringify(address)))
  return new Request(request, { headers })
}

/** Which object of another process a request is for. */
export function addressOf(request: Request): Address | undefined {
  const header = request.headers.get(addressHeader)
  return header === null ? undefined : (JSON.parse(decodeURIComponent(header)) as Address)
}

/** The settings object itself; reads go through `settings-cache.ts`. */
export function settingsOf(env: Env, org: string): SettingsPort {
  // All that itty-durable needs of a namespace.
  const namespace = { idFromName: (name: string) => ({ name }), get: () => objectOf(env, 'ORG_SETTINGS', org) }
  const object = () => proxyDurable(namespace, { parse: true }).get(org) as SettingsWire
  return {
    read: () => object().read() as ReturnType<SettingsPort['read']>,
    create: (request) => object().create(asciiJson(request)) as ReturnType<SettingsPort['create']>,
    patch: (request) => object().patch(asciiJson(request)) as ReturnType<SettingsPort['patch']>,
    addKey: (request) => object().addKey(asciiJson(request)) as ReturnType<SettingsPort['addKey']>,
    removeKey: (keyId) => object().removeKey(keyId) as ReturnType<SettingsPort['removeKey']>,
    rememberQueue: (queue) => object().rememberQueue(queue) as ReturnType<SettingsPort['rememberQueue']>,
  }
}

/** itty-durable's proxy: every method takes text and answers what it finds. It must never be awaited itself. */
type SettingsWire = { [Method in keyof SettingsPort]: (text?: string) => Promise<unknown> }

/** Arguments travel in a header, which takes bytes, not characters. */
const asciiJson = (value: object): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
