/**
 * A worker's process inside the simulation. Code that runs in its scope finds virtual time, timers, randomness, sockets
 * and network behind the globals that it uses anyway; all other code finds the real ones.
 *
 * To be imported before the SDK, which takes some globals when it loads.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'

/** What a process finds behind its globals. */
export interface Machine {
  readonly now: number
  random(): number
  uuid(): string
  /** @returns takes it off again */
  later(process: VirtualProcess, ms: number, run: () => void): () => void
  immediately(process: VirtualProcess, run: () => void): void
  fetch(process: VirtualProcess, url: string, init: RequestInit): Promise<Response>
  connect(process: VirtualProcess, url: string): EventTarget
}

const scope = new AsyncLocalStorage<VirtualProcess>()

export class VirtualProcess {
  readonly name: string
  readonly machine: Machine
  isDead = false
  /** It does nothing until then, as when it is stopped by a signal or its machine swaps. */
  pausedUntil = 0

  constructor(name: string, machine: Machine) {
    this.name = name
    this.machine = machine
  }

  run<Value>(fn: () => Value): Value {
    return scope.run(this, fn)
  }
}

class VirtualTimer {
  stop: () => void = () => undefined
}

type Callback = (...args: unknown[]) => void
type Virtual = (process: VirtualProcess, args: unknown[]) => unknown

function replace(holder: object, name: string, virtual: Virtual): void {
  const real: unknown = Reflect.get(holder, name)
  if (typeof real !== 'function') throw new Error(`there is no global ${name}`)
  const value = new Proxy(real, {
    apply(target, self, args) {
      const process = scope.getStore()
      return process === undefined ? Reflect.apply(target, self, args) : virtual(process, args)
    },
    construct(target, args, made) {
      const process = scope.getStore()
      return process === undefined ? Reflect.construct(target, args, made) : (virtual(process, args) as object)
    },
  })
  Object.defineProperty(holder, name, { value, configurable: true, writable: true })
}

function startTimer(process: VirtualProcess, [callback, ms = 0]: unknown[], isRepeated: boolean): VirtualTimer {
  const timer = new VirtualTimer()
  const run = AsyncResource.bind(callback as Callback)
  const start = (): void => {
    timer.stop = process.machine.later(process, Number(ms), () => {
      if (isRepeated) start()
      run()
    })
  }
  start()
  return timer
}

const stopTimer: Virtual = (_, [timer]) => {
  if (timer instanceof VirtualTimer) timer.stop()
}

/** Real macrotasks, for the simulation itself. */
const realImmediate = globalThis.setImmediate
export const macrotask = (): Promise<void> =>
  new Promise((resolve) => {
    realImmediate(resolve)
  })

replace(globalThis, 'setTimeout', (process, args) => startTimer(process, args, false))
replace(globalThis, 'setInterval', (process, args) => startTimer(process, args, true))
replace(globalThis, 'clearTimeout', stopTimer)
replace(globalThis, 'clearInterval', stopTimer)
replace(globalThis, 'setImmediate', (process, [callback]) => {
  process.machine.immediately(process, AsyncResource.bind(callback as Callback))
})
replace(globalThis, 'fetch', (process, [url, init = {}]) => process.machine.fetch(process, String(url), init as RequestInit))
// It is not Node: its only network is the one above.
replace(globalThis.process, 'getBuiltinModule', () => undefined)
replace(globalThis, 'WebSocket', (process, [url]) => process.machine.connect(process, String(url)))
replace(globalThis.performance, 'now', (process) => process.machine.now)
replace(globalThis.crypto, 'randomUUID', (process) => process.machine.uuid())
replace(Math, 'random', (process) => process.machine.random())
