/**
 * Globals that workflow code must not use as they are: those that only need to be deterministic are made so, the others
 * are refused with the name of what to use instead. Outside workflow code, and inside `ctx.run`, they are the real ones.
 */
import { currentScope, runIn, type WorkflowScope, workflowScope } from './scope.ts'

const installed = Symbol.for('perdure.globals')

const inTasks = 'do it in a task, or in ctx.run'
const refusals: [holder: () => object | undefined, name: string, instead: string][] = [
  [() => globalThis, 'setTimeout', 'use ctx.sleep'],
  [() => globalThis, 'setInterval', 'use ctx.sleep in a loop'],
  [() => globalThis, 'setImmediate', 'use ctx.sleep'],
  [() => globalThis, 'fetch', inTasks],
  [() => globalThis, 'WebSocket', inTasks],
  [() => globalThis, 'EventSource', inTasks],
  [() => globalThis, 'XMLHttpRequest', inTasks],
  [() => globalThis.AbortSignal, 'timeout', 'use ctx.withTimeout'],
]

/** Wraps the globals, once in a process. */
export function installGlobals(): void {
  if (Object.hasOwn(globalThis, installed)) return
  Object.defineProperty(globalThis, installed, { value: true })
  for (const [holder, name, instead] of refusals) {
    const shown = name === 'timeout' ? 'AbortSignal.timeout' : name
    replace(holder(), name, (real) => refusing(real, shown, instead))
  }
  replace(globalThis, 'Date', deterministicDate)
  replace(Math, 'random', (real) => answering(real, (scope) => scope.random()))
  replace(globalThis.crypto, 'randomUUID', (real) => answering(real, (scope) => scope.uuid()))
  replace(globalThis.crypto, 'getRandomValues', (real) => answering(real, fillRandomly))
  replace(globalThis.performance, 'now', (real) => answering(real, (scope) => scope.now()))
}

function replace(holder: object | undefined, name: string, wrap: (real: object) => object): void {
  const real: unknown = holder === undefined ? undefined : Reflect.get(holder, name)
  if (holder === undefined || typeof real !== 'function') return
  Object.defineProperty(holder, name, { value: wrap(real), configurable: true, writable: true, enumerable: false })
}

/** A proxy, so that whatever else the function carries stays reachable. */
const refusing = (real: object, name: string, instead: string): object =>
  new Proxy(real, {
    apply: (target, receiver, args) => workflowScope()?.refuse(name, instead) ?? call(target, receiver, args),
    construct: (target, args, made) => workflowScope()?.refuse(name, instead) ?? Reflect.construct(asFunction(target), args, made),
  })

const answering = (real: object, answer: (scope: WorkflowScope, args: unknown[]) => unknown): object =>
  new Proxy(real, {
    apply(target, receiver, args) {
      const scope = workflowScope()
      return scope === undefined ? call(target, receiver, args) : answer(scope, args)
    },
  })

function deterministicDate(real: object): object {
  const proxy = new Proxy(real, {
    apply(target, receiver, args) {
      const scope = workflowScope()
      return scope === undefined ? call(target, receiver, args) : String(Reflect.construct(asFunction(target), [scope.now()]))
    },
    construct(target, args, made) {
      const scope = args.length === 0 ? workflowScope() : undefined
      return Reflect.construct(asFunction(target), scope === undefined ? args : [scope.now()], made)
    },
  })
  replace(real, 'now', (now) => answering(now, (scope) => scope.now()))
  Object.defineProperty(Date.prototype, 'constructor', { value: proxy, configurable: true, writable: true })
  return proxy
}

function fillRandomly(scope: WorkflowScope, [target]: unknown[]): unknown {
  if (ArrayBuffer.isView(target)) {
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
    for (const index of bytes.keys()) bytes[index] = Math.floor(scope.random() * 256)
  }
  return target
}

const asFunction = (target: object): (...args: unknown[]) => unknown => {
  if (typeof target !== 'function') throw new TypeError('not a function')
  return (...args) => Reflect.apply(target, undefined, args)
}

const call = (target: object, receiver: unknown, args: unknown[]): unknown => {
  if (typeof target !== 'function') throw new TypeError('not a function')
  return Reflect.apply(target, receiver, args)
}

/** Runs what belongs to this package outside the scope of the code that caused it. */
export const unscoped = <Value>(fn: () => Value): Value => (currentScope() === undefined ? fn() : runIn(undefined, fn))
