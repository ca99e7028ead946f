/**
 * Globals that workflow code must not use as they are: those that only need to be deterministic are made so, the others
 * are refused with the name of what to use instead. Outside workflow code, and inside `ctx.run`, they are the real ones.
 */
import { type WorkflowScope, workflowScope } from './scope.ts'

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
    replace(holder(), name, () => refusing(name === 'timeout' ? 'AbortSignal.timeout' : name, instead))
  }
  replace(globalThis, 'Date', deterministicDate)
  Object.defineProperty(Date.prototype, 'constructor', { value: Date, configurable: true, writable: true })
  replace(Math, 'random', () => answering((scope) => scope.random()))
  replace(globalThis.crypto, 'randomUUID', () => answering((scope) => scope.uuid()))
  replace(globalThis.crypto, 'getRandomValues', () => answering(fillRandomly))
  replace(globalThis.performance, 'now', () => answering((scope) => scope.now()))
}

/** What every global function is to us. */
interface Callable {
  (...args: unknown[]): unknown
  new (...args: unknown[]): object
}

const isCallable = (value: unknown): value is Callable => typeof value === 'function'

/** By a proxy, so that whatever else the function carries stays reachable. */
function replace(holder: object | undefined, name: string, handler: (real: Callable) => ProxyHandler<Callable>): void {
  const real: unknown = holder === undefined ? undefined : Reflect.get(holder, name)
  if (holder === undefined || !isCallable(real)) return
  const enumerable = Object.getOwnPropertyDescriptor(holder, name)?.enumerable ?? false
  Object.defineProperty(holder, name, { value: new Proxy(real, handler(real)), configurable: true, writable: true, enumerable })
}

const refusing = (name: string, instead: string): ProxyHandler<Callable> => ({
  apply: (real, receiver, args) => workflowScope()?.refuse(name, instead) ?? Reflect.apply(real, receiver, args),
  construct: (real, args, made) => workflowScope()?.refuse(name, instead) ?? Reflect.construct(real, args, made),
})

const answering = (answer: (scope: WorkflowScope, args: unknown[]) => unknown): ProxyHandler<Callable> => ({
  apply(real, receiver, args) {
    const scope = workflowScope()
    return scope === undefined ? Reflect.apply(real, receiver, args) : answer(scope, args)
  },
})

function deterministicDate(real: Callable): ProxyHandler<Callable> {
  replace(real, 'now', () => answering((scope) => scope.now()))
  return {
    apply(_, receiver, args) {
      const scope = workflowScope()
      return scope === undefined ? Reflect.apply(real, receiver, args) : String(new real(scope.now()))
    },
    construct(_, args, made) {
      const scope = args.length === 0 ? workflowScope() : undefined
      return Reflect.construct(real, scope === undefined ? args : [scope.now()], made)
    },
  }
}

function fillRandomly(scope: WorkflowScope, [target]: unknown[]): unknown {
  if (ArrayBuffer.isView(target)) {
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
    for (const index of bytes.keys()) bytes[index] = Math.floor(scope.random() * 256)
  }
  return target
}
