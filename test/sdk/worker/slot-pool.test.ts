/** Credits under any interleaving. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotPool } from '../../../sdk/worker/slot-pool.ts'

const step = fc.constantFrom('grant', 'pressed', 'push', 'offer', 'carry', 'answer', 'release', 'reconnect')

describe('slots', () => {
  it('W15: held, granted and offered together never exceed the slots, and none is lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(10), fc.array(step, { maxLength: 60 }), (total, reserve, steps) => {
        const pool = new SlotPool('task', total, Math.min(reserve, total))
        const queue = { granted: { workflow: 0, task: 0 } }
        let offered = 0
        let carried = 0
        for (const each of steps) {
          if (each === 'grant' || each === 'pressed') pool.grant(queue, pool.grantable([queue], each === 'pressed'))
          if (each === 'push' && queue.granted.task > 0) pool.pushed(queue)
          if (each === 'offer' && offered === 0) offered = pool.offer(3, [queue])
          if (each === 'carry' && carried < offered) carried += 1
          if (each === 'answer') {
            pool.withdraw(offered)
            for (; carried > 0; carried -= 1) pool.carried()
            offered = 0
          }
          if (each === 'release' && pool.held > 0) pool.release()
          if (each === 'reconnect') queue.granted.task = 0
          expect(pool.held + offered + queue.granted.task).toBeLessThanOrEqual(total)
          expect(Math.min(pool.held, queue.granted.task, offered)).toBeGreaterThanOrEqual(0)
        }
        pool.withdraw(offered)
        while (pool.held > 0) pool.release()
        pool.grant(queue, pool.grantable([queue], true))
        expect(queue.granted.task).toBe(total)
      }),
    )
  })

  it('W5: long work never keeps the queue without credit while a slot is free', () => {
    for (let total = 1; total <= 20; total += 1) {
      const pool = new SlotPool('task', total, Math.ceil(total / 4))
      const queue = { granted: { workflow: 0, task: 0 } }
      for (let held = 0; held < total; held += 1) {
        pool.grant(queue, pool.grantable([queue], false))
        expect(queue.granted.task).toBeGreaterThan(0)
        pool.pushed(queue)
      }
      expect(pool.grantable([queue], true)).toBe(0)
    }
  })
})
