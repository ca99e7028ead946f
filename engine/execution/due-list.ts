/**
 * When to look at what next. Entries may be early or outdated, never missing: whoever is due is looked at, and says
 * itself whether and when it wants to be looked at again.
 */
import TinyQueue from 'tinyqueue'

export type Subject = 'run' | 'activation' | 'operations' | `task-${string}` | `timer-${string}` | `promise-${string}`

interface Entry {
  at: number
  subject: Subject
}

export class DueList {
  readonly #entries = new TinyQueue<Entry>([], (a, b) => a.at - b.at)
  readonly #earliest = new Map<Subject, number>()

  /** Epoch ms of the earliest entry. */
  get at(): number | undefined {
    return this.#entries.peek()?.at
  }

  /** Looks at `subject` at `at` at the latest. */
  add(subject: Subject, at: number): void {
    const known = this.#earliest.get(subject)
    if (known !== undefined && known <= at) return
    this.#earliest.set(subject, at)
    this.#entries.push({ at, subject })
  }

  /** Takes the next subject that is due, or undefined. */
  take(now: number): Subject | undefined {
    for (;;) {
      const entry = this.#entries.peek()
      if (entry === undefined || entry.at > now) return undefined
      this.#entries.pop()
      if (this.#earliest.get(entry.subject) !== entry.at) continue
      this.#earliest.delete(entry.subject)
      return entry.subject
    }
  }
}
