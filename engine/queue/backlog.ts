/**
 * Offers that wait, by priority, then age. One lane a kind, and one more for each set of workers that do not fit it: no
 * offer stands before others that somebody could take. Claims take from the best of the lanes.
 *
 * 1. Lanes are heaps with lazy deletion: an entry counts only while it is the offer's present one and claimable.
 * 2. Units that a claim in flight asks for are not claimed twice: one task wakes one worker.
 */
import TinyQueue from 'tinyqueue'
import type { WorkType } from '../lease.ts'

export interface OfferKey {
  executionId: string
  run: number
  type: WorkType
  kind: string
  priority: number
}

export interface WaitingOffer extends OfferKey {
  /** Who is not given it, as the execution says. */
  not?: string[]
  count: number
  since: number
  revision: number
  /** What the row says; a claim tells the true count. */
  storedCount: number
}

interface Entry {
  offer: WaitingOffer
  order: number
  claiming: number
  retryAt: number
  tries: number
  queued: boolean
}

/** What its offers have in common. */
type LaneKey = Pick<WaitingOffer, 'type' | 'kind' | 'not'>

export interface Lane extends LaneKey {
  /** Items that wait, per execution. */
  readonly executions: ReadonlyMap<string, number>
}

interface OpenLane extends LaneKey {
  heap: TinyQueue<Entry>
  entries: Set<Entry>
  executions: Map<string, number>
}

export const offerKey = (offer: OfferKey): string =>
  JSON.stringify([offer.executionId, offer.run, offer.type, offer.kind, offer.priority])

const compare = (a: Entry, b: Entry): number =>
  b.offer.priority - a.offer.priority || a.offer.since - b.offer.since || a.order - b.order

const rememberMs = 15_000

export class Backlog {
  readonly #entries = new Map<string, Entry>()
  readonly #lanes = new Map<string, OpenLane>()
  readonly #delayed = new Set<Entry>()
  /** Revisions of offers that are gone, so that an older message does not bring them back. Oldest first. */
  readonly #gone = new Map<string, { revision: number; at: number }>()
  #order = 0

  get size(): number {
    return this.#entries.size
  }

  get(key: string): WaitingOffer | undefined {
    return this.#entries.get(key)?.offer
  }

  revisionOf(key: string): number {
    return this.#entries.get(key)?.offer.revision ?? this.#gone.get(key)?.revision ?? 0
  }

  put(offer: WaitingOffer): void {
    const key = offerKey(offer)
    const old = this.#entries.get(key)
    if (old !== undefined && old.offer.since === offer.since && sameLane(old.offer, offer)) {
      old.offer = offer
      this.#queue(old)
      return
    }
    if (old !== undefined) this.#take(key, old)
    this.#order += 1
    const entry: Entry = {
      offer,
      order: old?.order ?? this.#order,
      claiming: old?.claiming ?? 0,
      retryAt: old?.retryAt ?? 0,
      tries: old?.tries ?? 0,
      queued: false,
    }
    this.#entries.set(key, entry)
    const lane = this.#laneOf(offer)
    lane.entries.add(entry)
    lane.executions.set(offer.executionId, (lane.executions.get(offer.executionId) ?? 0) + 1)
    if (entry.retryAt > 0) this.#delayed.add(entry)
    this.#queue(entry)
  }

  remove(key: string, revision: number, now: number): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#take(key, entry)
    this.#gone.delete(key)
    this.#gone.set(key, { revision, at: now })
  }

  /** Units are asked for (positive), or the claim has ended (negative). */
  claim(key: string, units: number): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    entry.claiming = Math.max(0, entry.claiming + units)
    this.#queue(entry)
  }

  /** Leaves the offer alone until `retryAt`; 0: it may be claimed at once. */
  delay(key: string, retryAt: number): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    entry.retryAt = retryAt
    entry.tries = retryAt === 0 ? 0 : entry.tries + 1
    if (retryAt === 0) this.#delayed.delete(entry)
    else this.#delayed.add(entry)
    this.#queue(entry)
  }

  triesOf(key: string): number {
    return this.#entries.get(key)?.tries ?? 0
  }

  /** How much of the offer no claim asks for. */
  claimable(key: string): number {
    const entry = this.#entries.get(key)
    return entry === undefined ? 0 : Math.max(0, entry.offer.count - entry.claiming)
  }

  /** Delayed offers whose time has come may be claimed again. */
  refresh(now: number): void {
    for (const entry of this.#delayed) {
      if (entry.retryAt > now) continue
      entry.retryAt = 0
      this.#delayed.delete(entry)
      this.#queue(entry)
    }
    for (const [key, gone] of this.#gone) {
      if (gone.at + rememberMs > now) return
      this.#gone.delete(key)
    }
  }

  *delayed(): Generator<{ offer: WaitingOffer; retryAt: number }> {
    for (const { offer, retryAt } of this.#delayed) yield { offer, retryAt }
  }

  /** The lanes that hold anything. */
  *lanes(): Generator<Lane> {
    yield* this.#lanes.values()
  }

  *offers(): Generator<WaitingOffer> {
    for (const { offer } of this.#entries.values()) yield offer
  }

  *offersOf(lane: Lane): Generator<WaitingOffer> {
    for (const { offer } of this.#lanes.get(laneKey(lane))?.entries ?? []) yield offer
  }

  /** The first offer of a lane that may be claimed. */
  best(of: Lane): WaitingOffer | undefined {
    const lane = this.#lanes.get(laneKey(of))
    if (lane === undefined) return undefined
    for (let entry = lane.heap.peek(); entry !== undefined; entry = lane.heap.peek()) {
      if (this.#isReady(entry)) return entry.offer
      lane.heap.pop()
      entry.queued = false
    }
    return undefined
  }

  #isReady(entry: Entry): boolean {
    return this.#entries.get(offerKey(entry.offer)) === entry && entry.retryAt === 0 && entry.claiming < entry.offer.count
  }

  #queue(entry: Entry): void {
    if (entry.queued || !this.#isReady(entry)) return
    entry.queued = true
    const lane = this.#laneOf(entry.offer)
    lane.heap.push(entry)
    if (lane.heap.length <= 2 * lane.entries.size + 64) return
    const live = [...lane.entries].filter((each) => each.queued)
    lane.heap = new TinyQueue(live, compare)
  }

  #take(key: string, entry: Entry): void {
    const { executionId } = entry.offer
    this.#entries.delete(key)
    this.#delayed.delete(entry)
    const lane = this.#laneOf(entry.offer)
    lane.entries.delete(entry)
    const others = (lane.executions.get(executionId) ?? 1) - 1
    if (others > 0) lane.executions.set(executionId, others)
    else lane.executions.delete(executionId)
    if (lane.entries.size === 0) this.#lanes.delete(laneKey(entry.offer))
  }

  #laneOf(offer: LaneKey): OpenLane {
    const key = laneKey(offer)
    const { type, kind, not } = offer
    const lane = this.#lanes.get(key) ?? {
      type,
      kind,
      ...(not !== undefined && { not }),
      heap: new TinyQueue<Entry>([], compare),
      entries: new Set(),
      executions: new Map(),
    }
    this.#lanes.set(key, lane)
    return lane
  }
}

const laneKey = ({ type, kind, not }: LaneKey): string =>
  not === undefined ? `${type} ${kind}` : `${type} ${kind} ${JSON.stringify(not)}`

export const sameLane = (a: LaneKey, b: LaneKey): boolean => laneKey(a) === laneKey(b)

/** Whether `a` goes before `b`. */
export const outranks = (a: WaitingOffer, b: { priority: number; since: number }): boolean =>
  a.priority !== b.priority ? a.priority > b.priority : a.since < b.since
