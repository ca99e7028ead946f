/** Changes of what is done with signals, and of conditions. */
import type { Log } from '../log.ts'
import { added, type Code, type Edit, gone, other } from './edit.ts'

const chat: Code = async (ctx) => {
  ctx.onSignal('line', async (line) => {
    await ctx.task('store', line)
  })
  await ctx.signals('end').next()
  await ctx.task('archive')
}
const chatted = [(log: Log) => log.signal('line', 'hello'), (log: Log) => log.signal('end')]

export const signalEdits: Edit[] = [
  {
    what: 'another name for a signal that is waited for',
    before: async (ctx) => ctx.signals('a').next(),
    then: [(log) => log.signal('b', 'for b')],
    after: async (ctx) => ctx.signals('b').next(),
    outcome: { because: 'waiting leaves no trace: it takes what has come under the new name', asks: ['COMPLETE_WORKFLOW'] },
  },
  {
    what: 'a wait for a signal removed that has come',
    before: chat,
    then: chatted,
    after: async (ctx) => {
      ctx.onSignal('line', async (line) => {
        await ctx.task('store', line)
      })
      await ctx.task('archive') // no wait
    },
    outcome: {
      index: 1,
      expected: 'no further task in the activation that ends with event 2',
      actual: 'task "archive"',
      line: 'no wait',
      hint: added,
    },
  },
  {
    what: 'another name for a task in a handler',
    before: chat,
    then: chatted,
    after: async (ctx) => {
      ctx.onSignal('line', async (line) => {
        await ctx.task('save', line) // in a handler
      })
      await ctx.signals('end').next()
      await ctx.task('archive')
    },
    outcome: {
      index: 1,
      expected: 'task "store" (TASK_SCHEDULED, event 4)',
      actual: 'task "save"',
      line: 'in a handler',
      hint: other('task "store"', 'task "save"'),
    },
  },
  {
    what: 'a handler removed that has run',
    before: chat,
    then: chatted,
    after: async (ctx) => {
      await ctx.signals('end').next()
      await ctx.task('archive') // handler removed
    },
    outcome: {
      index: 1,
      expected: 'task "store" (TASK_SCHEDULED, event 4)',
      actual: 'task "archive"',
      line: 'handler removed',
      hint: gone('task "store"', 'task "archive"'),
    },
  },
  {
    what: 'a handler turned into a loop over the signals that does the same',
    before: chat,
    then: chatted,
    after: async (ctx) => {
      const lines = async () => {
        for await (const line of ctx.signals('line')) await ctx.task('store', line)
      }
      void lines()
      await ctx.signals('end').next()
      await ctx.task('archive')
    },
    outcome: { because: 'only what is asked for in which order counts', asks: [] },
  },
  {
    what: 'a condition that holds earlier than before',
    before: async (ctx) => {
      let seen = 0
      ctx.onSignal('tick', () => {
        seen += 1
      })
      await ctx.until(() => seen === 2)
      await ctx.task('after')
    },
    then: [(log) => log.signal('tick'), (log) => log.signal('tick')],
    after: async (ctx) => {
      let seen = 0
      ctx.onSignal('tick', () => {
        seen += 1
      })
      await ctx.until(() => seen === 0)
      await ctx.task('after') // holds at once
    },
    outcome: {
      index: 1,
      expected: 'no further task in the activation that ends with event 2',
      actual: 'task "after"',
      line: 'holds at once',
      hint: added,
    },
  },
]
