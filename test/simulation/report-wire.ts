/**
 * A worker's socket straight to an execution: messages and their answers each with a delay. It ends with the life of the
 * object, and with the first message that is lost either way; one that is late may arrive after its sender has given up.
 */
import { sendBatch, splitBatch } from '../../durable/completions.ts'
import type { Completions } from '../../schemas/reports.ts'
import type { ExecutionLife } from './execution.ts'
import { payloadBytes } from './front.ts'
import { type Fault, latenessOf } from './storm.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { World } from './world.ts'

type Struck = Pick<Fault, 'type' | 'ms'>

/** The worker's end: what it finds as a `WebSocket`. */
export class ReportWire extends EventTarget {
  readyState: number = WebSocket.CONNECTING
  readonly #world: World
  readonly #process: VirtualProcess
  readonly #executionId: string
  #life: ExecutionLife | undefined

  constructor(world: World, process: VirtualProcess, executionId: string) {
    super()
    this.#world = world
    this.#process = process
    this.#executionId = executionId
  }

  /** The handshake. */
  open(): void {
    const fault = this.#fault()
    if (isLost(fault)) return this.#end()
    this.#there(fault, () => {
      const life = this.#world.execution(this.#executionId).wake()
      this.#life = life
      life.onDeath(() => this.#end())
      this.#back(fault, () => {
        if (this.readyState !== WebSocket.CONNECTING) return
        this.readyState = WebSocket.OPEN
        this.dispatchEvent(new Event('open'))
      })
    })
  }

  send(text: string): void {
    if (this.readyState !== WebSocket.OPEN) return
    const fault = this.#fault()
    if (fault?.type === 'lose-request') return this.#end()
    this.#there(fault, () => {
      if (this.#life?.isAlive !== true) return
      this.#answer(this.#life, text).then(
        (answer) => {
          if (fault?.type === 'lose-reply') return this.#end()
          this.#back(fault, () => {
            if (this.readyState !== WebSocket.OPEN) return
            this.#world.possession.answered(this.#process, '/worker/completions', text, 200, answer)
            this.dispatchEvent(new MessageEvent('message', { data: answer }))
          })
        },
        () => this.#end(),
      )
    })
  }

  close(): void {
    this.#end(0)
  }

  async #answer(life: ExecutionLife, text: string): Promise<string> {
    const batch = splitBatch(JSON.parse(text) as Completions, payloadBytes)
    if ('code' in batch) throw new Error(batch.message)
    return sendBatch(batch, (_, request) => life.report(request))
  }

  #fault(): Struck | undefined {
    const fault = this.#world.storm.message('worker-to-service')
    if (fault !== undefined) this.#world.note(`${fault.type} ${this.#process.name} to ${this.#executionId}`)
    return fault
  }

  #there(fault: Struck | undefined, run: () => void): void {
    this.#world.agenda.after(this.#world.delayMs() + latenessOf(fault).there, run)
  }

  #back(fault: Struck | undefined, run: () => void): void {
    this.#world.deliver(this.#process, run, this.#world.delayMs() + latenessOf(fault).back)
  }

  #end(ms = this.#world.delayMs()): void {
    this.#world.deliver(
      this.#process,
      () => {
        if (this.readyState === WebSocket.CLOSED) return
        this.readyState = WebSocket.CLOSED
        this.dispatchEvent(new Event('close'))
      },
      ms,
    )
  }
}

const isLost = (fault: Struck | undefined): boolean => fault?.type === 'lose-request' || fault?.type === 'lose-reply'
