/**
 * A worker's socket to a queue: in order both ways, each message with a delay. It can be closed from either end, be cut,
 * stall for a while, or be half open: both ends believe in it and nothing passes.
 */
import type { Attachment } from '../../engine/queue/rebuild.ts'
import { protocol } from '../../schemas/socket/protocol.ts'
import type { Up } from '../../schemas/socket/up.ts'
import type { QueueHome } from './queue.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { World } from './world.ts'

/** The worker's end: what it finds as a `WebSocket`. */
export class VirtualSocket extends EventTarget {
  readonly process: VirtualProcess
  /** What the worker has granted over it and got nothing for yet. */
  readonly credit = { workflow: 0, task: 0 }
  readyState: number = WebSocket.CONNECTING
  wire: Wire | undefined

  constructor(process: VirtualProcess) {
    super()
    this.process = process
  }

  send(text: string): void {
    const grant = grantOf(text)
    this.credit.workflow += grant.workflow
    this.credit.task += grant.task
    this.wire?.sendUp(text)
  }

  receive(text: string): void {
    if (text.startsWith('{"type":"task"')) this.credit.task -= 1
    if (text.startsWith('{"type":"activation"')) this.credit.workflow -= 1
    this.dispatchEvent(new MessageEvent('message', { data: text }))
  }

  close(): void {
    this.wire?.closeByClient()
  }
}

function grantOf(text: string): { workflow: number; task: number } {
  if (!text.startsWith('{')) return { workflow: 0, task: 0 }
  const message = JSON.parse(text) as Up
  if (message.type === 'hello') return message.slots
  return message.type === 'slots' ? message : { workflow: 0, task: 0 }
}

export class Wire {
  readonly session: string
  readonly queue: QueueHome
  attachment: Attachment
  pingedAt: number | undefined
  isHalfOpen = false
  stalledUntil = 0
  readonly #world: World
  readonly #socket: VirtualSocket
  #lastUp = 0
  #lastDown = 0
  #isServerOpen = true

  constructor(world: World, queue: QueueHome, socket: VirtualSocket, session: string) {
    this.#world = world
    this.queue = queue
    this.#socket = socket
    this.session = session
    this.attachment = { session, keyId: 'key', partitions: 1, connectedAt: 0 }
    socket.wire = this
  }

  get process(): VirtualProcess {
    return this.#socket.process
  }

  get isOpen(): boolean {
    return this.#isServerOpen && this.#socket.readyState === WebSocket.OPEN
  }

  /** Open, and everything that was said has arrived. */
  get isSound(): boolean {
    const { now } = this.#world.agenda
    if (!this.isOpen || this.isHalfOpen || this.process.pausedUntil >= now) return false
    return this.stalledUntil < now && this.#lastUp < now && this.#lastDown < now
  }

  /** What the worker has granted over it and got nothing for yet. */
  get granted(): { workflow: number; task: number } {
    return this.#socket.credit
  }

  /** The handshake. */
  open(): void {
    const fault = this.#world.storm.message('worker-to-queue')
    if (fault !== undefined) this.#world.note(`${fault.type} handshake of ${this.session}`)
    if (fault?.type === 'delay') this.stalledUntil = this.#world.agenda.now + fault.ms
    if (fault?.type === 'lose-request') this.#goHalfOpen()
    this.#up(() => {
      if (fault?.type === 'lose-reply') this.#goHalfOpen()
      const life = this.queue.wake()
      const fail = life.onDeath(() => this.endWithServer())
      life.greet(this).then(
        () => {
          fail()
          this.#down(() => {
            if (this.#socket.readyState !== WebSocket.CONNECTING) return
            this.#socket.readyState = WebSocket.OPEN
            this.#socket.dispatchEvent(new Event('open'))
          })
        },
        () => {
          fail()
          this.cut()
        },
      )
    })
  }

  #goHalfOpen(): void {
    this.isHalfOpen = true
    this.#world.storm.strikes({ type: 'half-open-socket', ms: 0 })
  }

  sendUp(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#up(() => {
      if (!this.#isServerOpen) return
      if (text === protocol.ping) {
        this.pingedAt = this.#world.agenda.now
        return this.sendDown(protocol.pong)
      }
      this.queue.wake().message(this.session, text)
    })
  }

  sendDown(text: string): void {
    if (!this.#isServerOpen) return
    this.#down(() => {
      if (this.#socket.readyState !== WebSocket.OPEN) return
      this.#world.possession.pushed(this.process, text)
      this.#socket.receive(text)
    })
  }

  closeByClient(): void {
    if (this.#socket.readyState === WebSocket.CLOSED) return
    this.#endSocket()
    this.#up(() => this.#serverHears())
    this.#down(() => this.#socket.dispatchEvent(new Event('close')), true)
  }

  closeByServer(): void {
    this.#isServerOpen = false
    this.#down(() => this.#clientHears())
    this.#up(() => this.queue.wake().closed(this.session))
  }

  /** The network between the two gives up: both hear of it, and what was on its way is lost. */
  cut(): void {
    this.isHalfOpen = true
    this.#world.agenda.after(this.#world.delayMs(), () => this.#serverHears())
    this.#world.deliver(this.process, () => this.#clientHears())
  }

  /** The object's process is gone: nobody is told there. */
  endWithServer(): void {
    this.#isServerOpen = false
    this.queue.wires.delete(this.session)
    this.#world.deliver(this.process, () => this.#clientHears())
  }

  #serverHears(): void {
    if (!this.#isServerOpen) return
    this.#isServerOpen = false
    if (this.queue.wires.get(this.session) === this) this.queue.wake().closed(this.session)
  }

  #clientHears(): void {
    if (this.#socket.readyState === WebSocket.CLOSED) return
    this.#endSocket()
    this.#socket.dispatchEvent(new Event('close'))
  }

  #endSocket(): void {
    this.#socket.readyState = WebSocket.CLOSED
    this.#world.sockets.delete(this.#socket)
  }

  #up(run: () => void): void {
    this.#lastUp = Math.max(this.#lastUp, this.#world.agenda.now + this.#world.delayMs())
    this.#pass(this.#lastUp, run)
  }

  #down(run: () => void, isLocal = false): void {
    this.#lastDown = Math.max(this.#lastDown, this.#world.agenda.now + this.#world.delayMs())
    const arrive = () => this.#world.deliver(this.process, run, 0)
    if (isLocal) arrive()
    else this.#pass(this.#lastDown, arrive)
  }

  #pass(at: number, run: () => void): void {
    this.#world.agenda.at(at, () => {
      if (this.isHalfOpen) return
      if (this.#world.agenda.now < this.stalledUntil) this.#pass(this.stalledUntil, run)
      else run()
    })
  }
}
