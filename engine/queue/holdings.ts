/**
 * Work that sessions have: what was pushed lately, in memory, and what is kept, durably.
 *
 * 1. Per work item at most one attempt is held; the newest.
 * 2. `at` is when its execution last spoke of it. What is not kept is forgotten after `rememberMs`: by then its execution
 *    has had it kept, or it is over.
 */
import type { Holder, WorkType } from '../lease.ts'

export interface Holding {
  executionId: string
  run: number
  type: WorkType
  id: string
  attempt: number
  token: string
  holder: Holder
  /** This queue pushed it, or its execution confirmed it: no need to ask the worker. */
  vouched: boolean
  kept: boolean
  /** Given to this queue for a session that was gone by then. */
  unsent?: true
  at: number
}

export type Subject = Pick<Holding, 'executionId' | 'run' | 'id'>

export const rememberMs = 15_000
/** Executions ask about their work at least every 10 minutes; of what they no longer ask, the release was lost. */
const forgetKeptMs = 900_000

const keyOf = (subject: Subject): string => `${subject.executionId}\n${subject.run}\n${subject.id}`

export class Holdings {
  /** Oldest first. */
  readonly #recent = new Map<string, Holding>()
  readonly #kept = new Map<string, Holding>()
  readonly #bySession = new Map<string, Map<string, Holding>>()
  /** By run: activations, and side effects that they have left running. */
  readonly #activations = new Map<string, Map<string, Holding>>()
  /** How many each session keeps. */
  readonly #keptBy = new Map<string, number>()

  find(subject: Subject): Holding | undefined {
    const key = keyOf(subject)
    return this.#kept.get(key) ?? this.#recent.get(key)
  }

  /** The activations of a run, for an execution that no longer knows what it was handed out as. */
  activationsOf({ executionId, run }: Omit<Subject, 'id'>): Holding[] {
    return [...(this.#activations.get(`${executionId}\n${run}`)?.values() ?? [])]
  }

  of(session: string): Holding[] {
    return [...(this.#bySession.get(session)?.values() ?? [])]
  }

  keepsFor(session: string): boolean {
    return this.#keptBy.has(session)
  }

  put(holding: Holding): void {
    const key = keyOf(holding)
    this.drop(holding)
    const home = holding.kept ? this.#kept : this.#recent
    home.set(key, holding)
    const { session } = holding.holder
    const theirs = this.#bySession.get(session) ?? new Map<string, Holding>()
    this.#bySession.set(session, theirs.set(key, holding))
    if (holding.kept) this.#keptBy.set(session, (this.#keptBy.get(session) ?? 0) + 1)
    if (holding.type !== 'activation') return
    const run = `${holding.executionId}\n${holding.run}`
    const ofRun = this.#activations.get(run) ?? new Map<string, Holding>()
    this.#activations.set(run, ofRun.set(key, holding))
  }

  drop(subject: Subject): void {
    const key = keyOf(subject)
    const holding = this.find(subject)
    if (holding === undefined) return
    this.#kept.delete(key)
    this.#recent.delete(key)
    const run = `${holding.executionId}\n${holding.run}`
    const ofRun = this.#activations.get(run)
    ofRun?.delete(key)
    if (ofRun?.size === 0) this.#activations.delete(run)
    const { session } = holding.holder
    const theirs = this.#bySession.get(session)
    theirs?.delete(key)
    if (theirs?.size === 0) this.#bySession.delete(session)
    if (!holding.kept) return
    const others = (this.#keptBy.get(session) ?? 1) - 1
    if (others > 0) this.#keptBy.set(session, others)
    else this.#keptBy.delete(session)
  }

  forgotten(now: number): Holding[] {
    return [...this.#kept.values()].filter((holding) => holding.at + forgetKeptMs <= now)
  }

  prune(now: number): void {
    for (const holding of this.#recent.values()) {
      if (holding.at + rememberMs > now) return
      this.drop(holding)
    }
  }
}
