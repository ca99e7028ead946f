/** Runs kept in memory between activations; beyond the capacity the longest unused is dropped. */
import type { InFlightItem } from '../../schemas/socket/up.ts'
import type { WorkflowRun } from '../replay/workflow-run.ts'
import type { Connection } from './connection.ts'

/** `Via` is what its work came over. */
export interface KeptRun<Via = Connection> {
  readonly executionId: string
  readonly number: number
  /** Tells it from a run of an execution that had the id before and was deleted. Epoch ms. */
  readonly startedAt: number
  readonly workflow: WorkflowRun
  via: Via
  /** The activation that it is at, or answered last. */
  work: { id: string; token: string }
  /** The activation whose answer left side effects running: its token is theirs, as far as the service knows. */
  leftRunning: { id: string; token: string } | undefined
  /** The log up to here is known, or was made by this run. */
  known: number
  /** The end of the log, when it is known that nothing else is in it. */
  end: number | undefined
  /** It is being advanced, or an answer of it is under way. */
  isBusy: boolean
  /** It is busy ahead of the service: with what follows from results that are being reported, and with no activation. */
  isForeseeing: boolean
}

/** At an activation, until its answer is heard. */
export const isAnswering = ({ isBusy, isForeseeing }: Pick<KeptRun<unknown>, 'isBusy' | 'isForeseeing'>): boolean =>
  isBusy && !isForeseeing

const keyOf = (executionId: string, number: number): string => `${executionId} ${number}`

/** What the worker holds for the run. */
export const heldFor = <Via>({ executionId, number: run, work, leftRunning }: KeptRun<Via>): InFlightItem[] =>
  (leftRunning === undefined ? [work] : [work, leftRunning]).map((each) => ({ executionId, run, ...each }))

export class KeptRuns<Via = Connection> {
  readonly #capacity: number
  readonly #dropped: (kept: KeptRun<Via>) => void
  readonly #runs = new Map<string, KeptRun<Via>>()

  constructor(capacity: number, dropped: (kept: KeptRun<Via>) => void) {
    this.#capacity = capacity
    this.#dropped = dropped
  }

  get size(): number {
    return this.#runs.size
  }

  [Symbol.iterator](): Iterator<KeptRun<Via>> {
    return this.#runs.values()
  }

  find(executionId: string, number: number): KeptRun<Via> | undefined {
    return this.#runs.get(keyOf(executionId, number))
  }

  /** Work of a run that began then has come: another of its name is of an execution that was deleted. */
  meet(executionId: string, number: number, startedAt: number | undefined): void {
    const kept = this.find(executionId, number)
    if (kept !== undefined && startedAt !== undefined && kept.startedAt !== startedAt) this.drop(kept)
  }

  has(kept: KeptRun<Via>): boolean {
    return this.#runs.get(keyOf(kept.executionId, kept.number)) === kept
  }

  /** Used now. Another of the same name is dropped. */
  put(kept: KeptRun<Via>): void {
    const key = keyOf(kept.executionId, kept.number)
    const other = this.#runs.get(key)
    if (other !== undefined && other !== kept) this.drop(other)
    this.#runs.delete(key)
    this.#runs.set(key, kept)
  }

  drop(kept: KeptRun<Via>): void {
    kept.workflow.drop()
    if (!this.has(kept)) return
    this.#runs.delete(keyOf(kept.executionId, kept.number))
    this.#dropped(kept)
  }

  /** Only those that do nothing now can go. */
  trim(): void {
    if (this.#runs.size <= this.#capacity) return
    for (const kept of [...this.#runs.values()]) {
      if (this.#runs.size <= this.#capacity) return
      if (!kept.isBusy && !kept.workflow.hasOperations) this.drop(kept)
    }
  }

  clear(): void {
    for (const kept of [...this.#runs.values()]) this.drop(kept)
  }
}
