/** Changes of what is asked of children and other executions. */
import type { Log } from '../log.ts'
import { added, type Code, childId, type Edit, other } from './edit.ts'

const family: Code = async (ctx) => {
  const child = ctx.child('album', 1, { id: 'album-7' })
  await child.signal('turn')
  await child
  await ctx.task('print')
}
const printed = [(log: Log) => log.answerRequest('external-1'), (log: Log) => log.completeChild('child-1')]

export const childEdits: Edit[] = [
  {
    what: 'another kind of child',
    before: family,
    then: printed,
    after: async (ctx) => {
      await ctx.child('book', 1, { id: 'album-7' }) // other kind
    },
    outcome: {
      index: 1,
      expected: 'child "album" (CHILD_WORKFLOW_INITIATED, event 2)',
      actual: 'child "book"',
      line: 'other kind',
      hint: other('child "album"', 'child "book"'),
    },
  },
  {
    what: 'another id for a child',
    before: family,
    then: printed,
    after: async (ctx) => {
      await ctx.child('album', 1, { id: 'album-8' }) // other id
    },
    outcome: {
      index: 1,
      expected: 'child "album" with the id "album-7" (CHILD_WORKFLOW_INITIATED, event 2)',
      actual: 'child "album" with the id "album-8"',
      line: 'other id',
      hint: childId,
    },
  },
  {
    what: 'no id any more for a child that had one',
    before: family,
    then: printed,
    after: async (ctx) => {
      await ctx.child('album', 1) // no id
    },
    outcome: {
      index: 1,
      expected: 'child "album" with the id "album-7" (CHILD_WORKFLOW_INITIATED, event 2)',
      actual: 'child "album" with no id of its own',
      line: 'no id',
      hint: childId,
    },
  },
  {
    what: 'another input or another policy for a child',
    before: family,
    then: printed,
    after: async (ctx) => {
      const child = ctx.child('album', 2, { id: 'album-7', parentClosePolicy: 'ABANDON' })
      await child.signal('turn', 'payload')
      await child
      await ctx.task('print')
    },
    outcome: { because: 'they are not compared; the child keeps what it was started with', asks: [] },
  },
  {
    what: 'a child turned into a task',
    before: family,
    then: printed,
    after: async (ctx) => {
      await ctx.task('album') // child to task
    },
    outcome: {
      index: 1,
      expected: 'no further task in the activation that ends with event 3',
      actual: 'task "album"',
      line: 'child to task',
      hint: added,
    },
  },
  {
    what: 'another name for a signal that was sent',
    before: family,
    then: printed,
    after: async (ctx) => {
      const child = ctx.child('album', 1, { id: 'album-7' })
      await child.signal('flip') // signal renamed
      await child
    },
    outcome: {
      index: 1,
      expected: 'signal "turn" to "album-7" (EXTERNAL_SIGNAL_SENT, event 4)',
      actual: 'signal "flip" to "album-7"',
      line: 'signal renamed',
      hint: other('signal "turn" to "album-7"', 'signal "flip" to "album-7"'),
    },
  },
  {
    what: 'a cancellation in place of a signal',
    before: family,
    then: printed,
    after: async (ctx) => {
      void ctx.child('album', 1, { id: 'album-7' })
      await ctx.execution('album-7').cancel() // cancel for signal
    },
    outcome: {
      index: 1,
      expected: 'signal "turn" to "album-7" (EXTERNAL_SIGNAL_SENT, event 4)',
      actual: 'cancel of "album-7"',
      line: 'cancel for signal',
      hint: other('signal "turn" to "album-7"', 'cancel of "album-7"'),
    },
  },
  {
    what: 'a signal to another execution added before what has run',
    before: family,
    then: printed,
    after: async (ctx) => {
      const child = ctx.child('album', 1, { id: 'album-7' })
      void child.signal('turn')
      void child.signal('turn') // second signal
      await child
    },
    outcome: {
      index: 2,
      expected: 'no further signal or cancel of another execution in the activation that ends with event 3',
      actual: 'signal "turn" to "album-7"',
      line: 'second signal',
      hint: added,
    },
  },
  {
    what: 'a signal no longer awaited that was sent',
    before: family,
    then: printed,
    after: async (ctx) => {
      const child = ctx.child('album', 1, { id: 'album-7' })
      await child
      void child.signal('turn') // sent later
      await ctx.task('print')
    },
    outcome: {
      index: 1,
      expected: 'signal "turn" to "album-7" before event 4 (EXTERNAL_SIGNAL_SENT), which is its end',
      actual: 'signal "turn" to "album-7" after it',
      line: 'sent later',
      hint: 'The call was moved behind something that took longer',
    },
  },
]
