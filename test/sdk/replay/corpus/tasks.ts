/** Changes of tasks that follow one another. */
import type { Log } from '../log.ts'
import { added, type Code, type Edit, gone, other } from './edit.ts'

const order: Code = async (ctx) => {
  await ctx.task('reserve', 1)
  await ctx.task('charge')
  await ctx.sleep('1 hour')
  return ctx.task('ship')
}
/** The hour has begun. */
const then = [(log: Log) => log.complete('task-1', 'reserved'), (log: Log) => log.complete('task-2', 'charged')]

export const taskEdits: Edit[] = [
  {
    what: 'another name for a task that has run',
    before: order,
    then,
    after: async (ctx) => {
      await ctx.task('reserve', 1)
      await ctx.task('bill') // renamed
      await ctx.sleep('1 hour')
    },
    outcome: {
      index: 2,
      expected: 'task "charge" (TASK_SCHEDULED, event 5)',
      actual: 'task "bill"',
      line: 'renamed',
      hint: other('task "charge"', 'task "bill"'),
    },
  },
  {
    what: 'another name for a task that is still to come',
    before: order,
    then,
    after: async (ctx) => {
      await ctx.task('reserve', 1)
      await ctx.task('charge')
      await ctx.sleep('1 hour')
      return ctx.task('send')
    },
    outcome: { because: 'nothing of it is in the log', asks: [] },
  },
  {
    what: 'another input, other options, another length of a sleep',
    before: order,
    then,
    after: async (ctx) => {
      await ctx.task('reserve', 2, { priority: 5 })
      await ctx.task('charge', 'more', { retry: { maximumAttempts: 1 } })
      await ctx.sleep('2 hours')
    },
    outcome: { because: 'they are not compared; what has begun keeps the old ones', asks: [] },
  },
  {
    what: 'two awaited tasks swapped',
    before: order,
    then,
    after: async (ctx) => {
      await ctx.task('charge') // swapped
      await ctx.task('reserve', 1)
      await ctx.sleep('1 hour')
    },
    outcome: {
      index: 1,
      expected: 'task "reserve" (TASK_SCHEDULED, event 2)',
      actual: 'task "charge"',
      line: 'swapped',
      hint: other('task "reserve"', 'task "charge"'),
    },
  },
  {
    what: 'a task added at the beginning',
    before: order,
    then,
    after: async (ctx) => {
      await ctx.task('check') // added first
      await ctx.task('reserve', 1)
      await ctx.task('charge')
      await ctx.sleep('1 hour')
    },
    outcome: {
      index: 1,
      expected: 'task "reserve" (TASK_SCHEDULED, event 2)',
      actual: 'task "check"',
      line: 'added first',
      hint: other('task "reserve"', 'task "check"'),
    },
  },
  {
    what: 'a second task of the same kind, started beside the first',
    before: order,
    then,
    after: async (ctx) => {
      const both = [ctx.task('reserve', 1), ctx.task('reserve', 2)] // beside
      await Promise.all(both)
      await ctx.task('charge')
    },
    outcome: {
      index: 2,
      expected: 'no further task in the activation that ends with event 3',
      actual: 'task "reserve"',
      line: 'beside',
      hint: added,
    },
  },
  {
    what: 'a task added at the end',
    before: order,
    then,
    after: async (ctx) => {
      await order(ctx)
      return ctx.task('thank')
    },
    outcome: { because: 'the run has not come there', asks: [] },
  },
  {
    what: 'a task removed that has run',
    before: order,
    then,
    after: async (ctx) => {
      await ctx.task('charge') // removed before
      await ctx.sleep('1 hour')
    },
    outcome: {
      index: 1,
      expected: 'task "reserve" (TASK_SCHEDULED, event 2)',
      actual: 'task "charge"',
      line: 'removed before',
      hint: other('task "reserve"', 'task "charge"'),
    },
  },
  {
    what: 'one of several removed that were started together',
    before: async (ctx) => Promise.all(['a', 'b', 'c'].map((name) => ctx.task(name))),
    then: [(log) => log.complete('task-3')],
    after: async (ctx) => Promise.all(['a', 'c'].map((name) => ctx.task(name))), // one of three
    outcome: {
      index: 2,
      expected: 'task "b" (TASK_SCHEDULED, event 3)',
      actual: 'task "c"',
      line: 'one of three',
      hint: gone('task "b"', 'task "c"'),
    },
  },
  {
    what: 'the last of several removed that were started together',
    before: async (ctx) => Promise.all(['a', 'b'].map((name) => ctx.task(name))),
    then: [(log) => log.complete('task-1', 1)],
    after: async (ctx) => Promise.all(['a'].map((name) => ctx.task(name))),
    outcome: { because: 'its result is ignored; it is not cancelled before the run ends', asks: ['COMPLETE_WORKFLOW'] },
  },
  {
    what: 'an await removed',
    before: order,
    then,
    after: async (ctx) => {
      void ctx.task('reserve', 1)
      await ctx.task('charge') // not awaited
      await ctx.sleep('1 hour')
    },
    outcome: {
      index: 2,
      expected: 'no further task in the activation that ends with event 3',
      actual: 'task "charge"',
      line: 'not awaited',
      hint: added,
    },
  },
  {
    what: 'a task turned into a side effect',
    before: order,
    then,
    after: async (ctx) => {
      await ctx.run('reserve', () => 'reserved') // task to run
      await ctx.task('charge')
    },
    outcome: {
      index: 1,
      expected: 'no further run in the activation that ends with event 3',
      actual: 'run "reserve"',
      line: 'task to run',
      hint: added,
    },
  },
  {
    what: 'a sleep added between steps that have run',
    before: order,
    then,
    after: async (ctx) => {
      await ctx.task('reserve', 1)
      await ctx.sleep('1 minute') // sleep added
      await ctx.task('charge')
    },
    outcome: {
      index: 1,
      expected: 'no further timer in the activation that ends with event 6',
      actual: 'timer',
      line: 'sleep added',
      hint: added,
    },
  },
]
