/** What a shop does for an order. Here it is said only; `idempotencyKey` is what real systems would be given to drop repeats. */
import { ApplicationFailure, task } from 'perdure'
import type { Order } from './order.ts'

export const reserve = task({
  name: 'reserve',
  async run(order: Order) {
    if (order.items.length === 0) throw new ApplicationFailure('the order is empty', { type: 'Empty', nonRetryable: true })
    console.log(`${order.number}: reserved ${order.items.join(', ')}`)
  },
})

export const release = task({
  name: 'release',
  run: async (order: Order) => console.log(`${order.number}: back on the shelf`),
})

export const charge = task({
  name: 'charge',
  retry: { maximumAttempts: 5, initialInterval: '1s' },
  startToCloseTimeout: '30s',
  run: async (order: Order, ctx) => console.log(`${order.number}: charged ${order.total} (${ctx.idempotencyKey})`),
})

export const refund = task({
  name: 'refund',
  run: async (order: Order) => console.log(`${order.number}: refunded what was charged`),
})

export const ship = task({
  name: 'ship',
  async run(order: Order) {
    if (order.address === '') throw new ApplicationFailure('there is no address', { type: 'NoAddress', nonRetryable: true })
    console.log(`${order.number}: on its way to ${order.address}`)
    return `parcel-${order.number}`
  },
})
