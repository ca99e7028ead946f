/**
 * Which shard of the index has an execution. Shards only grow, and an execution stays where it was when it was made: the
 * count that counts is the one of its creation, so nothing ever moves.
 */
import { spreadOf } from '../spread.ts'

/** From then on, so many. Oldest first. */
export interface ShardStep {
  since: number
  count: number
}

/** A growth holds from then on: until it does, whoever still has the old settings agrees with whoever has the new ones. */
export const shardsSettleMs = 10_000

export const shardCount = (steps: readonly ShardStep[]): number => steps.at(-1)?.count ?? 1

export function shardOf(steps: readonly ShardStep[], executionId: string, createdAt: number): number {
  const count = steps.findLast(({ since }) => since <= createdAt)?.count ?? 1
  return spreadOf(executionId) % count
}

export const grownShards = (steps: readonly ShardStep[], count: number, now: number): ShardStep[] =>
  count > shardCount(steps) ? [...steps, { since: now + shardsSettleMs, count }] : [...steps]
