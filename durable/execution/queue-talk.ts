/**
 * What an execution says to its queues: offers, questions, releases. It sends, and hands back what was answered; a call
 * that fails is answered by undefined, and the alarm sees to it again.
 */

import type { Release } from '../../engine/execution/draft.ts'
import type { Question } from '../../engine/execution/holders.ts'
import type { ParcelOffer } from '../../engine/execution/offering.ts'
import type { KeepVerdict, OfferReply, ReleaseItem, WorkBody } from '../../engine/lease.ts'
import type { ReleaseMessage } from '../../engine/outbox.ts'
import type { UnservedKind } from '../../engine/unserved.ts'
import type { Env } from '../env.ts'
import { partitionCount, partitionOf } from '../settings-cache.ts'
import { queueStub } from '../stubs.ts'

export interface Self {
  org: string
  executionId: string
}

export class QueueTalk {
  readonly #env: Env

  constructor(env: Env) {
    this.#env = env
  }

  async offer(self: Self, offer: ParcelOffer, items: WorkBody[]): Promise<OfferReply | undefined> {
    try {
      const { group: _group, parcels: _parcels, queue, ...rest } = offer
      const to = await this.#stub(self, queue)
      return await to.offer({ executionId: self.executionId, ...rest, items })
    } catch {
      return undefined
    }
  }

  /** Asks each queue once for all its work. */
  async ask(self: Self, questions: Question[], tokenOf: (question: Question) => string): Promise<Map<Question, KeepVerdict>> {
    const verdicts = new Map<Question, KeepVerdict>()
    await Promise.all(
      [...grouped(questions, ({ queue, partition }) => `${queue}/${partition ?? ''}`)].map(async (asked) => {
        const [first] = asked
        if (first === undefined) return
        try {
          const to = await this.#stub(self, first.queue, first.partition)
          const items = asked.map((question) => {
            const { queue: _queue, partition: _partition, blockEnd: _blockEnd, ...item } = question
            return { ...item, executionId: self.executionId, token: tokenOf(question) }
          })
          const answers = await to.keep(items)
          asked.forEach((question, index) => {
            const verdict = answers[index]
            if (verdict !== undefined) verdicts.set(question, verdict)
          })
        } catch {
          // Unanswered: asked again when their time comes.
        }
      }),
    )
    return verdicts
  }

  /** Which of this waiting work no worker takes. Nothing is said of queues that do not answer. */
  async unserved(self: Self, waiting: readonly UnservedKind[]): Promise<UnservedKind[]> {
    const queues = [...new Set(waiting.map(({ queue }) => queue))]
    const answers = await Promise.all(
      queues.map(async (queue) => {
        try {
          return await (await this.#stub(self, queue)).unserved()
        } catch {
          return []
        }
      }),
    )
    return answers.flat()
  }

  /** Best effort: a hold that outlives its work goes with its session. */
  async forget(self: Self, releases: Release[]): Promise<void> {
    for (const [first, ...others] of grouped(releases, ({ holder }) => `${holder.queue}/${holder.partition}`)) {
      if (first === undefined) continue
      const { queue, partition } = first.holder
      await this.release(
        self,
        { queue, partition },
        [first, ...others].map(({ item }) => item),
      )
    }
  }

  async release(self: Self, { queue, partition }: ReleaseMessage['to'], items: ReleaseItem[]): Promise<boolean> {
    try {
      const to = await this.#stub(self, queue, partition)
      await to.release(items)
      return true
    } catch {
      return false
    }
  }

  async #stub(self: Self, queue: string, partition?: number) {
    const at = partition ?? partitionOf(self.executionId, await partitionCount(this.#env, self.org, queue))
    return queueStub(this.#env, self.org, queue, at)
  }
}

function grouped<Item>(items: Item[], keyOf: (item: Item) => string): Iterable<Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups.values()
}
