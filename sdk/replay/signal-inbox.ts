/**
 * The signals of a run, by name: those that code has taken, those that wait to be taken, those that are known but not
 * delivered yet.
 *
 * 1. Order is the log's; waiters are served in the order in which they began to wait. What nobody waits for goes to the
 *    handler of its name; where there is none it stays for the next who asks.
 * 2. A waiter that gives up takes nothing with it (N7).
 * 3. `has` and `drain` look as far as the activation has seen, whatever has been delivered of it: where a batch of events
 *    was cut does not show (D4).
 */
import { received } from '../values/received.ts'
import type { ArrivingSignal } from './log-book.ts'
import type { OpenCall } from './open-calls.ts'

type Handler = (payload: unknown) => void

interface Channel {
  /** In the log, and not delivered yet. */
  arriving: ArrivingSignal[]
  /** Delivered, and not taken. */
  unread: unknown[]
  waiters: Set<OpenCall>
  handler: Handler | undefined
}

export class SignalInbox {
  readonly #channels = new Map<string, Channel>()
  /** Taken by `drain` before they were delivered. */
  readonly #drained = new Set<number>()

  get handled(): string[] {
    return [...this.#channels].flatMap(([name, { handler }]) => (handler === undefined ? [] : [name]))
  }

  arrive(event: ArrivingSignal): void {
    this.#channel(event.data.name).arriving.push(event)
  }

  /** The signal has its turn. Whoever waits longest is given back with it, to be settled. */
  deliver({ sequence, data }: ArrivingSignal): { waiter: OpenCall; payload: unknown } | undefined {
    if (this.#drained.delete(sequence)) return undefined
    const channel = this.#channel(data.name)
    channel.arriving.shift()
    const payload = received(data.payload)
    const [waiter] = channel.waiters
    if (waiter !== undefined) {
      channel.waiters.delete(waiter)
      return { waiter, payload }
    }
    if (channel.handler === undefined) channel.unread.push(payload)
    else channel.handler(payload)
    return undefined
  }

  /** The oldest that was delivered and not taken. */
  take(name: string): { payload: unknown } | undefined {
    const { unread } = this.#channel(name)
    return unread.length === 0 ? undefined : { payload: unread.shift() }
  }

  wait(name: string, waiter: OpenCall): void {
    this.#channel(name).waiters.add(waiter)
  }

  giveUp(name: string, waiter: OpenCall): void {
    this.#channel(name).waiters.delete(waiter)
  }

  /** From now on; what is unread goes to it at once. */
  handle(name: string, handler: Handler): void {
    const channel = this.#channel(name)
    channel.handler = handler
    for (const payload of channel.unread.splice(0)) handler(payload)
  }

  has(name: string, snapshot: number): boolean {
    const channel = this.#channel(name)
    return channel.unread.length > 0 || freeArrivals(channel, snapshot).count > 0
  }

  drain(name: string, snapshot: number): unknown[] {
    const channel = this.#channel(name)
    const { first, count } = freeArrivals(channel, snapshot)
    const taken = channel.arriving.splice(first, count)
    for (const { sequence } of taken) this.#drained.add(sequence)
    return [...channel.unread.splice(0), ...taken.map(({ data }) => received(data.payload))]
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name)
    if (known !== undefined) return known
    const channel: Channel = { arriving: [], unread: [], waiters: new Set(), handler: undefined }
    this.#channels.set(name, channel)
    return channel
  }
}

/** Those that are on their way, that the activation has seen, and that neither a waiter nor a handler will get. */
function freeArrivals({ arriving, waiters, handler }: Channel, snapshot: number): { first: number; count: number } {
  const first = waiters.size
  if (handler !== undefined) return { first, count: 0 }
  let end = first
  while ((arriving[end]?.sequence ?? Number.POSITIVE_INFINITY) <= snapshot) end += 1
  return { first, count: end - first }
}
