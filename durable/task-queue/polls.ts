/** Long polls under way: what they were given so far, and whom to tell. */
import type { WorkType } from '../../engine/lease.ts'

interface Poll {
  given: { type: WorkType; body: string }[]
  expired: boolean
  end: () => void
}

/** A worker that polls is not seen while it works: so long it is taken to come back. */
const pollAgainMs = 300_000

export class Polls {
  readonly #open = new Map<string, Poll>()
  /** When each kind was last polled for. */
  readonly #askedAt = new Map<string, number>()

  get size(): number {
    return this.#open.size
  }

  /** Settles when the poll may be answered: it was given work, or its time has passed, and no claim for it is in flight. */
  open(session: string): Promise<void> {
    return new Promise((resolve) => {
      this.#open.set(session, { given: [], expired: false, end: resolve })
    })
  }

  noteKinds({ workflows, tasks }: { workflows: string[]; tasks: string[] }, now: number): void {
    for (const kind of workflows) this.#askedAt.set(`activation ${kind}`, now)
    for (const kind of tasks) this.#askedAt.set(`task ${kind}`, now)
  }

  wasAskedFor(type: WorkType, kind: string, now: number): boolean {
    return now - (this.#askedAt.get(`${type} ${kind}`) ?? 0) < pollAgainMs
  }

  give(session: string, type: WorkType, body: string): boolean {
    const poll = this.#open.get(session)
    poll?.given.push({ type, body })
    return poll !== undefined
  }

  expire(session: string): void {
    const poll = this.#open.get(session)
    if (poll !== undefined) poll.expired = true
  }

  /** After a turn: those that are ready are told so. */
  settle(isBusy: (session: string) => boolean): void {
    for (const [session, poll] of this.#open) if ((poll.expired || poll.given.length > 0) && !isBusy(session)) poll.end()
  }

  /** The answer, as JSON text of `pollAnswer`. */
  close(session: string): string {
    const given = this.#open.get(session)?.given ?? []
    this.#open.delete(session)
    const bodies = (type: WorkType) => given.filter((each) => each.type === type).map(({ body }) => body)
    return `{"activations":[${bodies('activation').join(',')}],"tasks":[${bodies('task').join(',')}]}`
  }
}
