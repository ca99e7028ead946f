/** What a queue has on disk, in memory: the same rows that `durable/task-queue` writes. */
import { offerKey, type WaitingOffer } from '../../engine/queue/backlog.ts'
import type { DurableChange } from '../../engine/queue/change.ts'
import type { Holding } from '../../engine/queue/holdings.ts'
import type { Remains, StoredSession } from '../../engine/queue/rebuild.ts'

const keepKey = ({ executionId, run, id, attempt }: Holding): string => `${executionId} ${run} ${id} ${attempt}`

export class QueueDisk {
  readonly sessions = new Map<string, StoredSession>()
  readonly offers = new Map<string, WaitingOffer>()
  readonly keeps = new Map<string, Holding>()

  remains(): Omit<Remains, 'attached'> {
    return {
      sessions: [...this.sessions.values()],
      offers: [...this.offers.values()].map((offer) => ({ ...offer, storedCount: offer.count })),
      keeps: [...this.keeps.values()].map(({ holder: { leaseMs: _, ...holder }, ...keep }) => ({ ...keep, holder, kept: true })),
    }
  }

  write(change: DurableChange): void {
    switch (change.type) {
      case 'offer-waits':
        this.offers.set(offerKey(change.offer), change.offer)
        return
      case 'offer-gone':
        this.offers.delete(offerKey(change.offer))
        return
      case 'session-opened': {
        const { session, workerId, build, workflows, tasks } = change.session
        const known = { session, workerId, ...(build !== undefined && { build }) }
        this.sessions.set(session, { ...known, workflows: [...workflows], tasks: [...tasks] })
        return
      }
      case 'session-left': {
        const session = this.sessions.get(change.id)
        if (session !== undefined) this.sessions.set(change.id, { ...session, until: change.until })
        return
      }
      case 'session-forgotten':
        this.sessions.delete(change.id)
        return
      case 'item-kept':
        this.keeps.set(keepKey(change.holding), change.holding)
        return
      case 'item-dropped':
        if (change.holding.kept) this.#delete(change.holding)
        return
      case 'loss-delivered':
        for (const item of change.items) if (item.kept) this.#delete(item)
    }
  }

  /** Only under its session: another may have it by now. */
  #delete(holding: Holding): void {
    if (this.keeps.get(keepKey(holding))?.holder.session === holding.holder.session) this.keeps.delete(keepKey(holding))
  }
}
