/** Changes of side effects, timers and promises. */
import type { Log } from '../log.ts'
import { added, type Code, type Edit, other } from './edit.ts'

const effects: Code = async (ctx) => {
  await ctx.run('price', () => 1)
  await ctx.task('charge')
  await ctx.sleep('1 hour')
}
const charged = [(log: Log) => log.complete('task-1')]
const waits: Code = async (ctx) => {
  await ctx.sleep('1 hour')
  await ctx.promise('review')
  await ctx.promise('payment')
}
const reviewed = [(log: Log) => log.fire('timer-1'), (log: Log) => log.resolve('promise-1')]

export const waitEdits: Edit[] = [
  {
    what: 'a side effect turned into a task',
    before: effects,
    then: charged,
    after: async (ctx) => {
      await ctx.task('price') // run to task
      await ctx.task('charge')
    },
    outcome: {
      index: 1,
      expected: 'task "charge" (TASK_SCHEDULED, event 3)',
      actual: 'task "price"',
      line: 'run to task',
      hint: other('task "charge"', 'task "price"'),
    },
  },
  {
    what: 'another name for a side effect',
    before: effects,
    then: charged,
    after: async (ctx) => {
      await ctx.run('cost', () => 1) // run renamed
      await ctx.task('charge')
    },
    outcome: {
      index: 1,
      expected: 'run "price" (OPERATION_COMPLETED, event 2)',
      actual: 'run "cost"',
      line: 'run renamed',
      hint: other('run "price"', 'run "cost"'),
    },
  },
  {
    what: 'a side effect removed',
    before: effects,
    then: charged,
    after: async (ctx) => {
      await ctx.task('charge')
      await ctx.sleep('1 hour')
    },
    outcome: { because: 'its result was recorded at once, nothing had to wait for it', asks: [] },
  },
  {
    what: 'a side effect added before what has run',
    before: effects,
    then: charged,
    after: async (ctx) => {
      await ctx.run('price', () => 1)
      await ctx.run('discount', () => 1) // run added
      await ctx.task('charge')
    },
    outcome: {
      index: 2,
      expected: 'no further run in the activation that ends with event 4',
      actual: 'run "discount"',
      line: 'run added',
      hint: added,
    },
  },
  {
    what: 'a sleep removed that is over',
    before: waits,
    then: reviewed,
    after: async (ctx) => {
      await ctx.promise('review') // sleep removed
      await ctx.promise('payment')
    },
    outcome: {
      index: 1,
      expected: 'no further promise in the activation that ends with event 3',
      actual: 'promise "review"',
      line: 'sleep removed',
      hint: added,
    },
  },
  {
    what: 'a sleep turned into a promise',
    before: waits,
    then: reviewed,
    after: async (ctx) => {
      await ctx.promise('go', { timeout: '1 hour' }) // sleep to promise
      await ctx.promise('review')
    },
    outcome: {
      index: 1,
      expected: 'no further promise in the activation that ends with event 3',
      actual: 'promise "go"',
      line: 'sleep to promise',
      hint: added,
    },
  },
  {
    what: 'another name for a promise',
    before: waits,
    then: reviewed,
    after: async (ctx) => {
      await ctx.sleep('1 hour')
      await ctx.promise('approval') // promise renamed
    },
    outcome: {
      index: 1,
      expected: 'promise "review" (PROMISE_CREATED, event 5)',
      actual: 'promise "approval"',
      line: 'promise renamed',
      hint: other('promise "review"', 'promise "approval"'),
    },
  },
  {
    what: 'another limit for a promise, or `timer` in place of `sleep`',
    before: waits,
    then: reviewed,
    after: async (ctx) => {
      await ctx.timer('1 hour')
      await ctx.promise('review', { timeout: '1 day' })
      await ctx.promise('payment', { timeout: '1 day' })
    },
    outcome: { because: 'it is the same call; what has begun keeps the old limit', asks: [] },
  },
]
