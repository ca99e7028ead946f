/**
 * When an execution tells the index of itself. In memory only: it costs the execution no row and no commit.
 *
 * 1. A new execution is told of after a moment: what is over by then is told once. Later news goes at most once a second; a
 *    closing does not wait for that second once more.
 * 2. One message is on its way at a time, and it is repeated until it has arrived.
 * 3. After a restart nothing is known to be told. Who wakes by an alarm tells at once, who wakes to be read in time.
 */
import type { Summary } from './summary.ts'

export const newsEveryMs = 1_000
export const firstNewsMs = 200
const firstRetryMs = 1_000
const longestRetryMs = 60_000
/** A closing is told no later than this after the index hears again (L8). */
const longestClosingRetryMs = 5_000
/** A duty that came nearer is told only if it did by more than this: most are gone sooner. */
const nearerMs = 60_000

export class News {
  #present: Summary | undefined
  #told: Summary | undefined
  #sent: Summary | undefined
  #sentAt = Number.NEGATIVE_INFINITY
  #closingSentAt = Number.NEGATIVE_INFINITY
  #foundAt: number
  #newAt = Number.NEGATIVE_INFINITY
  #failures = 0
  /** What was found on disk; it is taken to be told, but not for long. */
  #found: Summary | undefined
  readonly #isFound: boolean

  /** `foundAt`: when the execution was read from disk; absent when it is new. */
  constructor(foundAt?: number) {
    this.#isFound = foundAt !== undefined
    this.#foundAt = foundAt ?? Number.NEGATIVE_INFINITY
  }

  /** The execution as it is now. */
  look(summary: Summary, now: number): void {
    if (this.#isFound) this.#found ??= summary
    else if (this.#present === undefined) this.#newAt = now
    this.#present = summary
    if (this.#told !== undefined && isSame(this.#told, summary, now)) this.#told = summary
  }

  /** Something is not known to be told. */
  get isDue(): boolean {
    return this.#present !== undefined && this.#present !== this.#told
  }

  /** The last message did not arrive. */
  get hasFailed(): boolean {
    return this.#failures > 0
  }

  /** What has been found is told now. */
  hurry(): void {
    this.#foundAt = Number.NEGATIVE_INFINITY
  }

  /** When to look again: epoch ms, or undefined while nothing is to be told or the answer is awaited. */
  dueAt(): number | undefined {
    const summary = this.#present
    if (summary === undefined || !this.isDue || this.#sent !== undefined) return undefined
    if (this.#failures > 0) {
      const longest = summary.closedAt === undefined ? longestRetryMs : longestClosingRetryMs
      return this.#sentAt + Math.min(longest, firstRetryMs * 2 ** Math.min(this.#failures - 1, 10))
    }
    if (summary.closedAt !== undefined) return this.#closingSentAt + newsEveryMs
    const since = this.#isRest(summary) ? this.#sentAt : Math.max(this.#sentAt, this.#foundAt)
    return Math.max(since + newsEveryMs, this.#newAt + firstNewsMs)
  }

  /** As `dueAt`, of what is worth a timer: what is soon over is told with what comes next, or by the alarm. */
  timerAt(): number | undefined {
    if (this.#present === undefined || this.hasFailed) return undefined
    const isUnknown = this.#told === undefined && !this.#isFound
    return isUnknown || this.#isRest(this.#present) ? this.dueAt() : undefined
  }

  /** What to send now, if its time has come; `answered` then says how that went. */
  take(now: number): Summary | undefined {
    const dueAt = this.dueAt()
    const summary = this.#present
    if (summary === undefined || dueAt === undefined || dueAt > now) return undefined
    this.#sent = summary
    this.#sentAt = now
    if (summary.closedAt !== undefined) this.#closingSentAt = now
    return summary
  }

  answered(arrived: boolean): void {
    if (arrived) {
      // What is the same as what was sent needs no telling.
      const isPresent = this.#present !== undefined && this.#sent !== undefined && isSame(this.#sent, this.#present, this.#sentAt)
      this.#told = isPresent ? this.#present : this.#sent
    }
    this.#failures = arrived ? 0 : this.#failures + 1
    this.#sent = undefined
  }

  /** It will be so for a while, and was not found so. */
  #isRest(summary: Summary): boolean {
    if (summary.status === 'PENDING' || summary.status === 'RUNNING') return false
    return this.#told !== undefined || this.#found === undefined || !isSame(this.#found, summary, this.#sentAt)
  }
}

/** Whether the index needs not be told of `next`. */
function isSame(told: Summary, next: Summary, now: number): boolean {
  return (
    told.createdAt === next.createdAt &&
    told.run === next.run &&
    told.status === next.status &&
    told.closedAt === next.closedAt &&
    (told.attributes === next.attributes || JSON.stringify(told.attributes) === JSON.stringify(next.attributes)) &&
    told.problem?.since === next.problem?.since &&
    told.problem?.message === next.problem?.message &&
    isSameWaiting(told, next) &&
    isSameDuty(told.dutyAt, next.dutyAt, now)
  )
}

/** Since when is not news: it only makes what the index thinks to wait a little older. */
const isSameWaiting = (told: Summary, next: Summary): boolean =>
  told.waiting.length === next.waiting.length &&
  told.waiting.every((one, index) => {
    const other = next.waiting[index]
    return one.queue === other?.queue && one.type === other.type && one.kind === other.kind
  })

/** A duty that was told must not seem to be overdue: it is told anew once its time has come. */
function isSameDuty(told: number | undefined, next: number | undefined, now: number): boolean {
  if (told === next) return true
  if (told === undefined || next === undefined) return false
  return told > now && next > told - nearerMs
}
