/**
 * An order, from the shelf to the door. A large one is approved by a person; when a step fails, or the customer changes
 * their mind, what was done before is undone, the last step first.
 */
import { ApplicationFailure, type Duration, workflow } from 'perdure'
import { charge, refund, release, reserve, ship } from './shop.ts'

export interface Order {
  number: string
  items: string[]
  total: number
  address: string
  /** How long the customer may still change their mind. */
  coolingOff: Duration
}

export interface Approval {
  approved: boolean
  by: string
}

export const order = workflow({
  name: 'order',
  async run(ctx, input: Order) {
    // An undo is noted before its step: a step that failed may have been done, and undoing what was not done is harmless.
    const undo: (typeof release | typeof refund)[] = []
    try {
      undo.push(release)
      await ctx.task(reserve, input)
      if (input.total >= 1_000) {
        const { approved, by } = await ctx.promise<Approval>('approval', { timeout: '2 days' })
        if (!approved) throw new ApplicationFailure(`${by} did not approve order ${input.number}`, { type: 'NotApproved' })
      }
      undo.push(refund)
      await ctx.task(charge, input)
      await ctx.sleep(input.coolingOff)
      return { parcel: await ctx.task(ship, input) }
    } catch (error) {
      // Shielded: it is done also when the error is a cancellation, and when another one comes.
      await ctx.shield(async (ctx) => {
        for (const step of undo.reverse()) await ctx.task(step, input)
      })
      throw error
    }
  },
})
