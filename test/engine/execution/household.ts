/**
 * A family at work: its queue gives all work to one worker, whose code and tasks do what a script says. One move at a
 * time, always in the same order, so that a test can come between any two.
 */
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { heard, type Question } from '../../../engine/execution/holders.ts'
import type { ParcelOffer } from '../../../engine/execution/offering.ts'
import type { Parcel } from '../../../engine/execution/parcel.ts'
import type { ReleaseItem } from '../../../engine/lease.ts'
import { Family } from './family.ts'
import { holder, type Specimen } from './specimen.ts'

export interface Script {
  /** What the code answers, from what is in the log. */
  code(member: Specimen): WorkflowCommand[]
  /** What becomes of a task: `false` is that nothing is heard of it. */
  task(member: Specimen, id: string, isCancelled: boolean): 'complete' | 'fail' | 'cancel' | false
}

type Held = { member: Specimen; parcel: Parcel; isCancelled: boolean }

/** Nothing takes longer than the time limits of what waits for it. */
const mostMoves = 2_000

export class Household {
  readonly family = new Family()
  readonly #script: Script
  readonly #offers: { member: Specimen; offer: ParcelOffer }[] = []
  readonly #questions: { member: Specimen; question: Question }[] = []
  /** What the worker has. */
  readonly held: Held[] = []
  moves = 0

  constructor(script: Script) {
    this.#script = script
    this.family.onRelease = (items) => this.#released(items)
  }

  /** Moves until nothing is left to do. */
  run(until = mostMoves): void {
    while (this.moves < until && this.move()) if (this.moves === mostMoves) throw new Error('it does not come to rest')
  }

  /** False when there is nothing to do, not even later. */
  move(): boolean {
    this.moves += 1
    return this.#message() || this.#answerOffer() || this.#makeOffer() || this.#answerQuestion() || this.#work() || this.#wait()
  }

  /** Everybody dies, and comes back with what is on disk. The answers on their way to them find nobody. */
  restartAll(): void {
    for (const member of this.family.members.values()) if (member.state.run !== undefined) member.restart()
    this.#offers.length = 0
    this.#questions.length = 0
  }

  #message(): boolean {
    const { letters } = this.family
    for (const member of this.family.members.values()) {
      const before = letters.length
      const outbox = member.outbox.size
      this.family.send(member)
      if (letters.length > before || member.outbox.size < outbox) return true
    }
    const [letter] = letters
    if (letter === undefined) return false
    if (letter.answer === undefined) this.family.deliver(letter)
    else this.family.conclude(letter)
    return true
  }

  #makeOffer(): boolean {
    for (const member of this.family.members.values()) {
      const offers = member.offers()
      this.#offers.push(...offers.map((offer) => ({ member, offer })))
      if (offers.length > 0) return true
    }
    return false
  }

  #answerOffer(): boolean {
    const next = this.#offers.shift()
    if (next === undefined) return false
    const { member, offer } = next
    for (const parcel of offer.parcels) this.held.push({ member, parcel, isCancelled: false })
    member.answerOffer(offer, 's1')
    return true
  }

  #answerQuestion(): boolean {
    const next = this.#questions.shift()
    if (next === undefined) return false
    const { member, question } = next
    const isHeld = this.held.some((held) => isIt(held, member, question))
    const verdict = isHeld ? ({ verdict: 'kept', holder: holder('s1') } as const) : ({ verdict: 'gone' } as const)
    member.turn((draft) => heard(draft, question, verdict))
    return true
  }

  #work(): boolean {
    for (const held of this.held) {
      const { member, parcel, isCancelled } = held
      if (parcel.type === 'activation') {
        this.held.splice(this.held.indexOf(held), 1)
        if (member.run.activation?.issued?.id === parcel.id && member.run.closed === undefined) {
          const said = member.answer(parcel, this.#script.code(member))
          if (!said.ok && said.refusal.code !== 'superseded') throw new Error(said.refusal.message)
        }
        return true
      }
      const outcome = this.#script.task(member, parcel.id, isCancelled)
      if (outcome === false) continue
      this.held.splice(this.held.indexOf(held), 1)
      if (outcome === 'complete') member.complete(parcel)
      else member.fail(parcel, outcome === 'cancel' ? { type: 'CANCELLED' } : { nonRetryable: true })
      return true
    }
    return false
  }

  /** The clock goes on to the next duty of anybody. */
  #wait(): boolean {
    const times = [...this.family.members.values()].flatMap(({ state, now }) => nextDutyAt(state, now) ?? [])
    if (times.length === 0) return false
    this.family.now = Math.max(this.family.now + 1, Math.min(...times))
    for (const member of this.family.members.values()) {
      member.now = this.family.now
      this.#questions.push(...member.tick().map((question) => ({ member, question })))
    }
    return true
  }

  #released(items: ReleaseItem[]): void {
    for (const item of items) {
      const held = this.held.find(({ member, parcel }) => member.executionId === item.executionId && sameWork(parcel, item))
      if (held !== undefined) held.isCancelled = true
    }
  }
}

const isIt = (held: Held, member: Specimen, work: { run: number; id: string; attempt: number }): boolean =>
  held.member === member && sameWork(held.parcel, work)

const sameWork = (parcel: Parcel, work: { run: number; id: string; attempt: number }): boolean =>
  parcel.run === work.run && parcel.id === work.id && parcel.attempt === work.attempt
