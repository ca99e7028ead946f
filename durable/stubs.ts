/**
 * How objects reach each other, and what they are called. The only file with casts: the platform's stub types cannot
 * say what the ports say (a recursive JSON type does not survive them).
 *
 * Names cannot collide: an organisation and a queue have no `/`, and an execution's id is the rest of its name.
 */
import { proxyDurable } from 'itty-durable'
import type { Env } from './env.ts'
import type { IndexPort } from './execution-index/port.ts'
import type { FlowsPort } from './flow-definitions/port.ts'
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
  env.WORKFLOW_EXECUTION.getByName(executionName(org, executionId)) as unknown as ExecutionPort

export const queueStub = (env: Env, org: string, queue: string, partition: number): QueuePort =>
  env.TASK_QUEUE.getByName(queueObjectName(org, queue, partition)) as unknown as QueuePort

export const indexStub = (env: Env, org: string, shard: number): IndexPort =>
  env.EXECUTION_INDEX.getByName(indexObjectName(org, shard)) as unknown as IndexPort

/** One for the whole organisation. */
export const flowsStub = (env: Env, org: string): FlowsPort => env.FLOW_DEFINITIONS.getByName(org) as unknown as FlowsPort

/** The settings object itself; reads go through `settings-cache.ts`. */
export function settingsOf(env: Env, org: string): SettingsPort {
  const object = () => proxyDurable(env.ORG_SETTINGS, { parse: true }).get(org) as SettingsWire
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
