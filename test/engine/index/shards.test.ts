import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grownShards, type ShardStep, shardCount, shardOf, shardsSettleMs } from '../../../engine/index/shards.ts'

test('one shard from the beginning', () => {
  expect(shardCount([])).toBe(1)
  expect(shardOf([], 'a', 5)).toBe(0)
})

test('an execution never moves, however the shards grow after it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1_000_000), fc.integer({ min: 1, max: 64 }))), fc.string(), (growths, id) => {
      let steps: ShardStep[] = []
      const seen: [number, number][] = []
      let now = 1_000
      for (const [wait, count] of growths) {
        now += wait
        seen.push([now, shardOf(steps, id, now)])
        steps = grownShards(steps, count, now)
        for (const [createdAt, shard] of seen) expect(shardOf(steps, id, createdAt)).toBe(shard)
        expect(shardOf(steps, id, now + shardsSettleMs)).toBeLessThan(shardCount(steps))
      }
    }),
  )
})

test('whoever has not heard of a growth agrees with whoever has, until it holds', () => {
  const steps = grownShards([], 8, 1_000)
  const ids = Array.from({ length: 100 }, (_, index) => `e${index}`)
  expect(ids.map((id) => shardOf(steps, id, 1_000 + shardsSettleMs - 1))).toEqual(ids.map((id) => shardOf([], id, 5_000)))
  expect(new Set(ids.map((id) => shardOf(steps, id, 1_000 + shardsSettleMs))).size).toBe(8)
})
