/** Keys of a task: what it does, with what, how it is tried, and how long. */
import type { Draft } from '../../../engine/execution/draft.ts'
import { settlePromise } from '../../../engine/execution/promises.ts'
import { takeSignal } from '../../../engine/execution/signals.ts'
import type { Json } from '../../../schemas/values.ts'
import { fails, inputs, type KeyCase, outcomes, output, silent, status, tried, waits } from './key-case.ts'

const inner = { flow: 'inner', tasks: { a: { task: 'work' } }, output: '{{ [execution.flow, input] }}' }
const other = { ...inner, flow: 'other' }
const silence = { flow: 'silence', tasks: { a: { task: 'work' } } }

const yes = (draft: Draft): void => {
  takeSignal(draft, { name: 'yes', signalId: 's', payload: '"signal"' })
  settlePromise(draft, 'yes', { outcome: 'RESOLVED', payload: '"promise"' })
}
const waiting = (wait: { [key: string]: Json }): KeyCase['flow'] => ({
  tasks: { a: { wait_for: wait } },
  output: '{{ tasks.a.output }}',
})

const tries = (retry: { [key: string]: Json }): KeyCase['flow'] => ({ tasks: { a: { task: 'work', retry } } })
const patience = { maximumAttempts: 4 }

export const taskCases: Record<string, KeyCase[]> = {
  'tasks.*.task': [
    {
      at: 'tasks.a.task',
      flow: { tasks: { a: { task: 'work' } } },
      instead: 'other-work',
      sees: ({ attempts }) => attempts.map(({ kind }) => kind),
      with: ['work'],
      without: ['other-work'],
    },
  ],
  'tasks.*.flow': [
    {
      at: 'tasks.a.flow',
      flow: { tasks: { a: { flow: 'inner' } }, output: '{{ tasks.a.output }}' },
      instead: 'other',
      staging: { others: [inner, other] },
      sees: output,
      with: ['inner', null],
      without: ['other', null],
    },
  ],
  'tasks.*.wait_for': [
    {
      at: 'tasks.a.wait_for',
      flow: waiting({ signal: 'yes' }),
      instead: { promise: 'yes' },
      staging: { said: yes },
      sees: output,
      with: 'signal',
      without: 'promise',
    },
  ],
  'tasks.*.wait_for.signal': [
    {
      at: 'tasks.a.wait_for.signal',
      flow: waiting({ signal: 'y{{ "es" }}' }),
      instead: 'no',
      staging: { said: yes },
      sees: (seen) => [status(seen), output(seen)],
      with: ['COMPLETED', 'signal'],
      without: ['OPEN', undefined],
    },
  ],
  'tasks.*.wait_for.promise': [
    {
      at: 'tasks.a.wait_for.promise',
      flow: waiting({ promise: 'y{{ "es" }}' }),
      instead: 'no',
      staging: { said: yes },
      sees: (seen) => [status(seen), output(seen)],
      with: ['COMPLETED', 'promise'],
      without: ['OPEN', undefined],
    },
  ],
  'tasks.*.input': [
    {
      at: 'tasks.a.input',
      flow: { tasks: { a: { task: 'work', input: { n: '{{ input.n }}' } } } },
      staging: { input: { n: 5 } },
      sees: inputs,
      with: [{ n: 5 }],
      without: [undefined],
    },
    {
      at: 'tasks.a.input',
      flow: { tasks: { a: { flow: 'inner', input: '{{ input.n }}' } }, output: '{{ tasks.a.output }}' },
      staging: { input: { n: 5 }, others: [inner] },
      sees: output,
      with: ['inner', 5],
      without: ['inner', null],
    },
  ],
  'tasks.*.retry': [
    {
      at: 'tasks.a.retry',
      flow: tries({ maximumAttempts: 1 }),
      staging: { work: fails },
      sees: ({ attempts }) => attempts.length,
      with: 1,
      without: 10,
    },
  ],
  'tasks.*.retry.initialInterval': [8_000, '8s'].map((initialInterval) => ({
    at: 'tasks.a.retry.initialInterval',
    flow: tries({ ...patience, initialInterval }),
    staging: { work: fails },
    sees: waits,
    with: [3, 4, 5],
    without: [0, 1, 2],
  })),
  'tasks.*.retry.backoffCoefficient': [
    {
      at: 'tasks.a.retry.backoffCoefficient',
      flow: tries({ ...patience, backoffCoefficient: 4 }),
      staging: { work: fails },
      sees: waits,
      with: [0, 2, 4],
      without: [0, 1, 2],
    },
  ],
  'tasks.*.retry.maximumInterval': [2_000, '2s'].map((maximumInterval) => ({
    at: 'tasks.a.retry.maximumInterval',
    flow: tries({ ...patience, maximumInterval }),
    staging: { work: fails },
    sees: waits,
    with: [0, 1, 1],
    without: [0, 1, 2],
  })),
  'tasks.*.retry.maximumAttempts': [
    {
      at: 'tasks.a.retry.maximumAttempts',
      flow: tries({ maximumAttempts: 3 }),
      staging: { work: fails },
      sees: ({ attempts }) => attempts.map(({ attempt }) => attempt),
      with: [1, 2, 3],
      without: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    },
  ],
  'tasks.*.retry.nonRetryable': [
    {
      at: 'tasks.a.retry.nonRetryable',
      flow: tries({ ...patience, nonRetryable: ['Oops'] }),
      staging: { work: fails },
      sees: ({ attempts }) => attempts.length,
      with: 1,
      without: 4,
    },
  ],
  'tasks.*.timeout': [
    {
      at: 'tasks.a.timeout',
      flow: { tasks: { a: { task: 'work', timeout: 3_000, retry: { maximumAttempts: 1 } } } },
      staging: { work: silent },
      sees: outcomes,
      with: ['a#1 timed_out'],
      without: [],
    },
    {
      at: 'tasks.a.timeout',
      flow: { tasks: { a: { flow: 'silence', timeout: '3s', next: [{ when: '{{ timed_out() }}' }] } } },
      staging: { others: [silence], work: silent },
      sees: (seen) => [status(seen), outcomes(seen)],
      with: ['COMPLETED', ['a#1 timed_out']],
      without: ['OPEN', []],
    },
    ...['signal', 'promise'].map(
      (on) =>
        ({
          at: 'tasks.a.timeout',
          flow: { tasks: { a: { wait_for: { [on]: 'never' }, timeout: '3s', next: [{ when: '{{ timed_out() }}' }] } } },
          sees: ({ status: ended, endedAt }) => [ended, ended === 'OPEN' ? undefined : endedAt],
          with: ['COMPLETED', 3_000],
          without: ['OPEN', undefined],
        }) satisfies KeyCase,
    ),
  ],
  'tasks.*.queue': [
    {
      at: 'tasks.a.queue',
      flow: { tasks: { a: { task: 'work', queue: 'media' } } },
      sees: ({ attempts }) => attempts.map(({ queue }) => queue),
      with: ['media'],
      without: ['default'],
    },
    {
      at: 'tasks.a.queue',
      flow: { tasks: { a: { flow: 'inner', queue: 'media' } } },
      staging: { others: [inner] },
      sees: ({ attempts }) => attempts.map(({ queue }) => queue),
      with: ['media'],
      without: ['default'],
    },
  ],
  'tasks.*.priority': [
    {
      at: 'tasks.b.priority',
      flow: { tasks: { a: { task: 'work' }, b: { task: 'work', priority: 5 } } },
      sees: tried,
      with: ['b', 'a'],
      without: ['a', 'b'],
    },
  ],
}
