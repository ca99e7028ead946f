/** Changes of clean-ups, of the state and of attributes. */
import type { Log } from '../log.ts'
import { added, type Code, type Edit, other } from './edit.ts'

const guarded: Code = async (ctx) => {
  try {
    await ctx.task('book')
    await ctx.task('pay')
  } finally {
    await ctx.shield((shielded) => shielded.task('undo'))
  }
}
const cancelled = [(log: Log) => log.complete('task-1'), (log: Log) => log.cancel()]
const keeps: Code = async (ctx) => {
  ctx.state.set('phase', 1)
  await ctx.task('first')
  ctx.state.set('phase', 2)
  ctx.state.delete('draft')
  ctx.setAttributes({ done: false })
  await ctx.sleep('1 hour')
}
const kept = [(log: Log) => log.complete('task-1')]

export const keepingEdits: Edit[] = [
  {
    what: 'another name for a task in a shield',
    before: guarded,
    then: cancelled,
    after: async (ctx) => {
      try {
        await ctx.task('book')
        await ctx.task('pay')
      } finally {
        await ctx.shield(async (shielded) => {
          await shielded.task('refund') // in a shield
        })
      }
    },
    outcome: {
      index: 3,
      expected: 'task "undo" (TASK_SCHEDULED, event 9)',
      actual: 'task "refund"',
      line: 'in a shield',
      hint: other('task "undo"', 'task "refund"'),
    },
  },
  {
    what: 'the shield taken away from a clean-up that has begun',
    before: guarded,
    then: cancelled,
    after: async (ctx) => {
      try {
        await ctx.task('book')
        await ctx.task('pay')
      } finally {
        await ctx.task('undo')
      }
    },
    outcome: { because: 'calls outside a shield reject: the run ends, and its open tasks with it', asks: ['CANCEL_WORKFLOW'] },
  },
  {
    what: 'another key in the state',
    before: keeps,
    then: kept,
    after: async (ctx) => {
      ctx.state.set('step', 1) // other key
      await ctx.task('first')
    },
    outcome: {
      index: 1,
      expected: 'state.set "phase" (STATE_SET, event 2)',
      actual: 'state.set "step"',
      line: 'other key',
      hint: other('state.set "phase"', 'state.set "step"'),
    },
  },
  {
    what: 'another value in the state',
    before: keeps,
    then: kept,
    after: async (ctx) => {
      ctx.state.set('phase', 'one')
      await ctx.task('first')
      ctx.state.set('phase', 'two')
      ctx.setAttributes({ done: true })
      await ctx.sleep('1 hour')
    },
    outcome: { because: 'values are not compared: those outside still see the old one, the code the new one', asks: [] },
  },
  {
    what: 'a change of state added before what has run',
    before: keeps,
    then: kept,
    after: async (ctx) => {
      ctx.state.set('phase', 1)
      ctx.state.set('draft', true) // state added
      await ctx.task('first')
    },
    outcome: {
      index: 2,
      expected: 'no further change of state in the activation that ends with event 4',
      actual: 'state.set "draft"',
      line: 'state added',
      hint: added,
    },
  },
  {
    what: 'attributes set where none were',
    before: keeps,
    then: kept,
    after: async (ctx) => {
      ctx.state.set('phase', 1)
      ctx.setAttributes({ begun: true }) // attributes added
      await ctx.task('first')
    },
    outcome: {
      index: 1,
      expected: 'no further setAttributes in the activation that ends with event 4',
      actual: 'setAttributes',
      line: 'attributes added',
      hint: added,
    },
  },
]
