/** Changes in loops and maps, and of how a workflow ends. */
import type { Log } from '../log.ts'
import { added, type Code, type Edit, other, slower } from './edit.ts'

const loop =
  (times: number, ...kinds: string[]): Code =>
  async (ctx) => {
    for (let n = 0; n < times; n += 1) for (const kind of kinds) await ctx.task(kind, n)
    return times
  }
const looped = [1, 2, 3].map((n) => (log: Log) => log.complete(`task-${n}`))
const pages = ['x', 'y', 'z']
const mapped: Code = async (ctx) => ctx.map(pages, (page) => ctx.task('page', page), { concurrency: 2 })
const mappedOnce = [(log: Log) => log.complete('task-1')]

export const loopEdits: Edit[] = [
  {
    what: 'a loop made shorter than it has run',
    before: loop(5, 'step'),
    then: looped,
    after: loop(2, 'step'),
    outcome: { because: 'what the code no longer asks for is ignored, as the run can end', asks: ['COMPLETE_WORKFLOW'] },
  },
  {
    what: 'a loop made longer',
    before: loop(5, 'step'),
    then: looped,
    after: loop(9, 'step'),
    outcome: { because: 'the run has not come there', asks: [] },
  },
  {
    what: 'two calls swapped in a loop',
    before: loop(5, 'read', 'write'),
    then: looped,
    after: async (ctx) => {
      for (let n = 0; n < 5; n += 1) {
        await ctx.task('write', n) // swapped in a loop
        await ctx.task('read', n)
      }
    },
    outcome: {
      index: 1,
      expected: 'task "read" (TASK_SCHEDULED, event 2)',
      actual: 'task "write"',
      line: 'swapped in a loop',
      hint: other('task "read"', 'task "write"'),
    },
  },
  {
    what: 'a call added to a loop, from its second pass on',
    before: loop(5, 'step'),
    then: looped,
    after: async (ctx) => {
      for (let n = 0; n < 5; n += 1) {
        if (n > 0) await ctx.task('check', n) // second pass
        await ctx.task('step', n)
      }
    },
    outcome: {
      index: 2,
      expected: 'task "step" (TASK_SCHEDULED, event 5)',
      actual: 'task "check"',
      line: 'second pass',
      hint: other('task "step"', 'task "check"'),
    },
  },
  {
    what: 'a sleep added to each pass of a loop',
    before: loop(5, 'step'),
    then: looped,
    after: async (ctx) => {
      for (let n = 0; n < 5; n += 1) {
        await ctx.task('step', n)
        await ctx.sleep('1s') // each pass
      }
    },
    outcome: {
      index: 1,
      expected: 'no further timer in the activation that ends with event 6',
      actual: 'timer',
      line: 'each pass',
      hint: added,
    },
  },
  {
    what: 'a map over other items',
    before: mapped,
    then: mappedOnce,
    after: async (ctx) => ctx.map(['z', 'y', 'x'], (page) => ctx.task('page', page), { concurrency: 2 }),
    outcome: { because: 'inputs are not compared: results of the old items are taken for those of the new ones', asks: [] },
  },
  {
    what: 'less at a time in a map, when items ended in order',
    before: mapped,
    then: [(log) => log.complete('task-1'), (log) => log.complete('task-2')],
    after: async (ctx) => ctx.map(pages, (page) => ctx.task('page', page), { concurrency: 1 }),
    outcome: { because: 'each call comes before its result', asks: [] },
  },
  {
    what: 'less at a time in a map, when a later item ended first',
    before: mapped,
    then: [(log) => log.complete('task-2'), (log) => log.complete('task-1')],
    after: async (ctx) => ctx.map(pages, (page) => ctx.task('page', page), { concurrency: 1 }), // one at a time
    outcome: {
      index: 2,
      expected: 'task "page" before event 5 (TASK_COMPLETED), which is its end',
      actual: 'task "page" after it',
      line: 'one at a time',
      hint: slower,
    },
  },
  {
    what: 'a call added for each item of a map',
    before: mapped,
    then: mappedOnce,
    after: async (ctx) =>
      ctx.map(
        pages,
        async (page) => {
          await ctx.task('fetch', page) // each item
          return ctx.task('page', page)
        },
        { concurrency: 2 },
      ),
    outcome: {
      index: 1,
      expected: 'task "page" (TASK_SCHEDULED, event 2)',
      actual: 'task "fetch"',
      line: 'each item',
      hint: other('task "page"', 'task "fetch"'),
    },
  },
  {
    what: 'code that waits on where the log has its end',
    before: async (ctx) => ctx.task('only'),
    then: [(log) => log.complete('task-1')],
    after: async (ctx) => {
      await ctx.task('only')
      return ctx.signals('more').next()
    },
    outcome: {
      index: 5,
      expected: 'the end of the workflow (WORKFLOW_COMPLETED, event 5)',
      actual: 'more: it has not returned',
      line: undefined,
      hint: 'The code that ran had nothing left to wait for here',
    },
  },
]
