/**
 * What goes wrong in one simulation: a list that is made before it begins, so that any of it can be left out and the rest
 * stays. Some strikes at its time; some lies in wait from then on for the next message, commit or alarm.
 */
import type { Chance } from './chance.ts'

/** Between whom a message goes. */
export const links = [
  'execution-to-queue',
  'queue-to-execution',
  'execution-to-execution',
  'worker-to-queue',
  'worker-to-service',
  'service-to-object',
] as const
export const indexLinks = ['execution-to-index', 'service-to-index'] as const
export type Link = (typeof links | typeof indexLinks)[number]

const messageFaults = ['lose-request', 'lose-reply', 'repeat', 'delay'] as const
const turnFaults = ['die-before-commit', 'die-after-commit', 'evict-after-commit', 'commit-fails'] as const
const alarmFaults = ['alarm-late', 'alarm-twice', 'alarm-dies', 'alarm-lost'] as const
const timedFaults = [
  'evict-execution',
  'evict-queue',
  'crash-execution',
  'crash-queue',
  'close-socket',
  'half-open-socket',
  'stall-socket',
  'pause-worker',
  'kill-worker',
  'vanish-worker',
  'slow-disk',
  'bad-link',
  'bad-machine',
  'move-twice',
  'deploy',
  'terminate',
  'start-again',
] as const

const indexFaults = ['evict-index', 'crash-index', 'slow-index', 'bad-link'] as const

export type MessageFault = (typeof messageFaults)[number]
export type TurnFault = (typeof turnFaults)[number]
export type AlarmFault = (typeof alarmFaults)[number]
export type TimedFault = (typeof timedFaults | typeof indexFaults)[number]
export type ObjectType = 'execution' | 'queue' | 'index'

export interface Fault {
  id: number
  /** Ms after the begin. */
  at: number
  type: MessageFault | TurnFault | AlarmFault | TimedFault
  link: Link
  object: ObjectType
  /** Chooses among those that there are. */
  choice: number
  /** How long, where it lasts. */
  ms: number
}

/** Nothing; only what the platform does every day; or anything. */
export type Weather = 'calm' | 'deploys' | 'storm'

export function planFaults(chance: Chance, weather: Weather, lengthMs: number): Fault[] {
  if (weather === 'calm') return []
  const count = weather === 'deploys' ? chance.between(1, 6) : chance.pick([3, 10, 30, 60])
  const group = (): readonly [Fault['type'], ...Fault['type'][]] => {
    if (weather === 'deploys') return ['evict-execution', 'evict-queue', 'deploy']
    return chance.pick([messageFaults, messageFaults, turnFaults, alarmFaults, timedFaults, timedFaults])
  }
  const focus = weather === 'storm' && chance.isTrue(focusedShare) ? focusOf(chance) : undefined
  const faults = Array.from({ length: count }, () => ({
    at: chance.between(0, lengthMs),
    type: chance.pick(focus?.types ?? group()),
    link: focus?.link ?? chance.pick(links),
    object: chance.pick<ObjectType>(['execution', 'queue']),
    choice: chance.below(1_000),
    ms: chance.pick([chance.between(1, 200), chance.between(500, 8_000), chance.between(5_000, 45_000)]),
  }))
  return faults.sort((a, b) => a.at - b.at).map((fault, id) => ({ ...fault, id }))
}

/** Some storms are of few faults, on one link: so they meet each other where all kinds together rarely would. */
const focusedShare = 0.4

function focusOf(chance: Chance): { types: readonly [Fault['type'], ...Fault['type'][]]; link: Link } {
  const any = () => chance.pick<Fault['type']>([...messageFaults, ...turnFaults, ...alarmFaults, ...timedFaults])
  return { types: [any(), any(), any()], link: chance.pick(links) }
}

/** What goes wrong with an index, besides. `from`: the first free id. */
export function planIndexFaults(chance: Chance, weather: Weather, lengthMs: number, from: number): Fault[] {
  if (weather === 'calm') return []
  const group = (): readonly [Fault['type'], ...Fault['type'][]] =>
    weather === 'deploys' ? ['evict-index'] : chance.pick([messageFaults, messageFaults, turnFaults, indexFaults])
  return Array.from({ length: chance.pick([0, 3, 10, 30]) }, (_, n) => ({
    id: from + n,
    at: chance.between(0, lengthMs),
    type: chance.pick(group()),
    link: chance.pick(indexLinks),
    object: 'index',
    choice: chance.below(1_000),
    ms: chance.pick([chance.between(1, 200), chance.between(500, 8_000), chance.between(5_000, 45_000)]),
  }))
}

const timed: ReadonlySet<string> = new Set([...timedFaults, ...indexFaults])
export const isTimed = (fault: Fault): fault is Fault & { type: TimedFault } => timed.has(fault.type)

/** A machine that went without a word is taken for one that lives for so long. */
const unheardMs = 25_000

/** How long a fault goes on being one, once it has struck. */
export function lastsMs({ type, ms }: Pick<Fault, 'type' | 'ms'>): number {
  switch (type) {
    case 'repeat':
    case 'delay':
    case 'alarm-late':
    case 'alarm-twice':
    case 'stall-socket':
    case 'pause-worker':
    case 'kill-worker':
      return ms
    case 'slow-disk':
    case 'slow-index':
      return Math.min(ms, slowestMs)
    case 'bad-link':
      return ms + latestMs
    case 'bad-machine':
      return Math.min(ms, badMachineMs)
    case 'move-twice':
      return Math.min(ms, secondMoveMs)
    case 'half-open-socket':
      return unheardMs
    case 'vanish-worker':
      return Math.max(ms, unheardMs)
    case 'alarm-lost':
      return touchedWithinMs
    case 'alarm-dies':
    case 'lose-request':
    case 'lose-reply':
    case 'die-before-commit':
    case 'die-after-commit':
    case 'evict-after-commit':
    case 'commit-fails':
    case 'evict-execution':
    case 'evict-queue':
    case 'evict-index':
    case 'crash-index':
    case 'crash-execution':
    case 'crash-queue':
    case 'close-socket':
    case 'deploy':
    case 'terminate':
    case 'start-again':
      return 0
  }
}

/** The slowest commit. */
export const slowestMs = 3_000
/** Somebody looks at an object whose alarm was lost. */
export const touchedWithinMs = 60_000
/** What nobody has used for so long has been evicted. */
export const idleMs = 10_000

const everybody = ''
/** All shards of the index. */
export const everyIndex = 'index'

/** By how many ms a call is late there and back: one that is delayed is late in one of them. */
export function latenessOf(fault: Pick<Fault, 'type' | 'ms'> | undefined): { there: number; back: number } {
  if (fault?.type !== 'delay') return { there: 0, back: 0 }
  return fault.ms % 2 === 0 ? { there: fault.ms, back: 0 } : { there: 0, back: fault.ms }
}

/** On a bad machine so many turns meet a fault. */
const badTurnShare = 0.15
const badMachineMs = 8_000
/** An object that moves to another machine moves once more within this time. */
export const secondMoveMs = 800

/** On a bad link so many messages meet a fault, and are late by so much at most. */
const badShare = 0.4
/** Half of them are broken in one way: as when requests arrive, and no answer comes back. */
const brokenShare = 0.9
const latestMs = 3_000

export class Storm {
  readonly #badUntil = new Map<Link | ObjectType, number>()
  /** What else goes wrong on it than anything. */
  readonly #badWith = new Map<Link, MessageFault>()
  readonly #chance: Chance
  readonly #waiting: Fault[]
  readonly #elapsed: () => number
  readonly #endsAt: number
  /** Ms after the begin when the last fault that has struck is over: by object, or of all. */
  readonly #overAt = new Map<string, number>()

  constructor(faults: readonly Fault[], chance: Chance, endsAt: number, elapsed: () => number) {
    this.#chance = chance
    this.#waiting = faults.filter((fault) => !isTimed(fault))
    this.#endsAt = endsAt
    this.#elapsed = elapsed
  }

  /** `whom`: the only objects whose work it can hold up; absent, all. */
  strikes(fault: Pick<Fault, 'type' | 'ms'>, whom: readonly string[] = [everybody]): void {
    const overAt = this.#elapsed() + lastsMs(fault)
    for (const each of whom) this.#overAt.set(each, Math.max(this.#overAt.get(each) ?? 0, overAt))
  }

  overAt(...whom: string[]): number {
    return Math.max(0, ...[everybody, ...whom].map((each) => this.#overAt.get(each) ?? 0))
  }

  message(link: Link, whom?: readonly string[]): Pick<Fault & { type: MessageFault }, 'type' | 'ms'> | undefined {
    const fault = this.#take(messageFaults, (each) => each.link === link) ?? this.#onBadLink(link)
    if (fault !== undefined) this.strikes(fault, whom)
    return fault
  }

  #onBadLink(link: Link): Pick<Fault & { type: MessageFault }, 'type' | 'ms'> | undefined {
    const only = this.#badWith.get(link)
    const share = only === undefined ? badShare : brokenShare
    if ((this.#badUntil.get(link) ?? 0) <= this.#elapsed() || !this.#chance.isTrue(share)) return undefined
    return { type: only ?? this.#chance.pick(messageFaults), ms: this.#chance.between(0, latestMs) }
  }

  #onBadMachine(object: ObjectType): Pick<Fault & { type: TurnFault }, 'type' | 'ms'> | undefined {
    if ((this.#badUntil.get(object) ?? 0) <= this.#elapsed() || !this.#chance.isTrue(badTurnShare)) return undefined
    return { type: this.#chance.pick(turnFaults), ms: 0 }
  }

  /** For a while anything may happen to messages between these, or to turns of these objects. */
  spoil({ type, link, object, ms, choice }: Fault): void {
    const only = messageFaults[choice % 8]
    if (type === 'bad-link') {
      this.#badUntil.set(link, this.#elapsed() + ms)
      if (only === undefined) this.#badWith.delete(link)
      else this.#badWith.set(link, only)
    } else this.#badUntil.set(object, this.#elapsed() + Math.min(ms, badMachineMs))
  }

  turn(object: ObjectType, name: string): Pick<Fault & { type: TurnFault }, 'type' | 'ms'> | undefined {
    const fault = this.#take(turnFaults, (each) => each.object === object) ?? this.#onBadMachine(object)
    if (fault !== undefined) this.strikes(fault, [name])
    return fault
  }

  alarm(object: ObjectType, name: string): (Fault & { type: AlarmFault }) | undefined {
    const fault = this.#take(alarmFaults, (each) => each.object === object)
    if (fault !== undefined) this.strikes(fault, [name])
    return fault
  }

  #take<Type extends Fault['type']>(
    types: readonly Type[],
    suits: (fault: Fault) => boolean,
  ): (Fault & { type: Type }) | undefined {
    const elapsed = this.#elapsed()
    if (elapsed > this.#endsAt) return undefined
    const isOne = (fault: Fault): fault is Fault & { type: Type } => types.some((type) => type === fault.type)
    const index = this.#waiting.findIndex((fault) => fault.at <= elapsed && isOne(fault) && suits(fault))
    const [found] = index === -1 ? [] : this.#waiting.splice(index, 1)
    return found !== undefined && isOne(found) ? found : undefined
  }
}
