/** Orders of days, tested in milliseconds: the real engine in memory, and a clock that goes to whatever is next. */
import { ApplicationFailure, PromiseRejected, TimeoutFailure } from 'perdure'
import { WorkflowFailedError } from 'perdure/client'
import { TestEnvironment } from 'perdure/testing'
import { expect, test } from 'vitest'
import { type Order, order } from './order.ts'
import { charge, refund, release, reserve, ship } from './shop.ts'

const hour = 3_600_000
const lamp: Order = { number: '7', items: ['lamp'], total: 5_000, address: 'Elm Street 1', coolingOff: '8 hours' }

/** A shop that only notes what it is asked for. */
async function shop() {
  const env = await TestEnvironment.create({ workflows: [order], tasks: [reserve, release, charge, refund, ship] })
  const done: string[] = []
  for (const { name } of [reserve, release, charge, refund]) env.mock(name, () => void done.push(name))
  env.mock(ship, ({ number }) => `parcel-${number}`)
  const began = env.time.now()
  return { env, done, hours: () => (env.time.now() - began) / hour, [Symbol.asyncDispose]: () => env.close() }
}

test('an approved order is on its way when the customer can no longer change their mind', async () => {
  await using at = await shop()
  const handle = await at.env.start(order, lamp)
  await at.env.time.advance('30 hours')
  await handle.resolvePromise('approval', { approved: true, by: 'Ada' })
  expect(await handle.result()).toEqual({ parcel: 'parcel-7' })
  expect(at.hours()).toBe(38)
  expect(at.done).toEqual(['reserve', 'charge'])
})

test('what nobody approves within two days goes back on the shelf', async () => {
  await using at = await shop()
  const handle = await at.env.start(order, lamp)
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown)
  expect(WorkflowFailedError.is(error) && TimeoutFailure.is(error.cause)).toBe(true)
  expect(at.hours()).toBe(48)
  expect(at.done).toEqual(['reserve', 'release'])
})

test('an approval that breaks down is no approval', async () => {
  await using at = await shop()
  const handle = await at.env.start(order, lamp)
  await handle.rejectPromise('approval', new ApplicationFailure('the office is closed', { type: 'Closed' }))
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown)
  expect(WorkflowFailedError.is(error) && PromiseRejected.is(error.cause)).toBe(true)
  expect(at.done).toEqual(['reserve', 'release'])
})

test('a customer who changes their mind in time gets their money back', async () => {
  await using at = await shop()
  const handle = await at.env.start(order, { ...lamp, total: 100 })
  await at.env.time.advance('7 hours')
  await handle.cancel('too bright')
  await expect(handle.result()).rejects.toMatchObject({ code: 'workflow_cancelled' })
  expect(at.done).toEqual(['reserve', 'charge', 'refund', 'release'])
})

test('a carrier that is away for a while is asked again, and everything happens once', async () => {
  await using at = await shop()
  at.env.mock(ship, ({ number }, ctx) => {
    if (ctx.attempt < 9) throw new ApplicationFailure('nobody answers')
    return `parcel-${number} at attempt ${ctx.attempt}`
  })
  // And whatever else can go wrong on the way.
  at.env.faults({ dropCompletion: 0.2, duplicateDelivery: 0.5, evict: 0.5, reorder: true })
  expect(await (await at.env.start(order, { ...lamp, total: 100 })).result()).toMatchObject({
    parcel: expect.stringMatching(/^parcel-7/),
  })
})
