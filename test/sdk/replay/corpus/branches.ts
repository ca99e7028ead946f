/** Changes of what is begun together: in races, under limits, in `Promise.all`. */
import type { Log } from '../log.ts'
import { added, type Code, type Edit, other, slower } from './edit.ts'

const both: Code = async (ctx) => {
  const results = await Promise.all([ctx.task('a'), ctx.task('b')])
  await ctx.sleep('1 hour')
  return results
}
const bothDone = (...ids: string[]) => ids.map((id) => (log: Log) => log.complete(id))
const race: Code = async (ctx) => {
  await Promise.race([ctx.task('slow'), ctx.sleep('1 hour')])
  await ctx.task('after')
}
const raced = [(log: Log) => log.fire('timer-1')]

export const branchEdits: Edit[] = [
  {
    what: '`Promise.all` taken apart into awaits one after another, when the first ended first',
    before: both,
    then: bothDone('task-1', 'task-2'),
    after: async (ctx) => {
      const results = [await ctx.task('a'), await ctx.task('b')]
      await ctx.sleep('1 hour')
      return results
    },
    outcome: { because: 'each call comes before its result', asks: [] },
  },
  {
    what: 'the same, when the first ended last',
    before: both,
    then: bothDone('task-2', 'task-1'),
    after: async (ctx) => {
      await ctx.task('a')
      await ctx.task('b') // after its end
      await ctx.sleep('1 hour')
    },
    outcome: {
      index: 2,
      expected: 'task "b" before event 5 (TASK_COMPLETED), which is its end',
      actual: 'task "b" after it',
      line: 'after its end',
      hint: slower,
    },
  },
  {
    what: 'the branches of a race in another order, of different types',
    before: race,
    then: raced,
    after: async (ctx) => {
      await Promise.race([ctx.sleep('1 hour'), ctx.task('slow')])
      await ctx.task('after')
    },
    outcome: { because: 'each type is counted by itself', asks: [] },
  },
  {
    what: 'a branch of a race with another name',
    before: race,
    then: raced,
    after: async (ctx) => {
      const branches = [ctx.task('quick'), ctx.sleep('1 hour')] // in a race
      await Promise.race(branches)
      await ctx.task('after')
    },
    outcome: {
      index: 1,
      expected: 'task "slow" (TASK_SCHEDULED, event 2)',
      actual: 'task "quick"',
      line: 'in a race',
      hint: other('task "slow"', 'task "quick"'),
    },
  },
  {
    what: 'a branch added to a race that is over',
    before: race,
    then: raced,
    after: async (ctx) => {
      const branches = [ctx.task('slow'), ctx.sleep('1 hour'), ctx.task('spare')] // third branch
      await Promise.race(branches)
      await ctx.task('after')
    },
    outcome: {
      index: 2,
      expected: 'no further task in the activation that ends with event 4',
      actual: 'task "spare"',
      line: 'third branch',
      hint: added,
    },
  },
  {
    what: 'a limit put on a task that has run',
    before: both,
    then: bothDone('task-1', 'task-2'),
    after: async (ctx) => {
      await Promise.all([ctx.withTimeout('1m', ctx.task('a')), ctx.task('b')]) // limit added
      await ctx.sleep('1 hour')
    },
    outcome: {
      index: 1,
      expected: 'no further timer in the activation that ends with event 4',
      actual: 'timer',
      line: 'limit added',
      hint: added,
    },
  },
  {
    what: 'a limit taken off a task',
    before: async (ctx) => ctx.withTimeout('1m', ctx.task('a')),
    then: [],
    after: async (ctx) => ctx.task('a'),
    outcome: { because: 'the timer is left alone, and ignored when it fires', asks: [] },
  },
]
