/** Keys that make one task many, and that lead from one to another. */
import type { Json } from '../../../schemas/values.ts'
import { fails, failsFor, inputs, type KeyCase, outcomes, refused, status, tried } from './key-case.ts'

const never = { maximumAttempts: 1 }

const many = (items: Json, more: { [key: string]: Json } = {}): KeyCase['flow'] => ({
  tasks: { a: { task: 'work', with_items: items, input: '{{ item }}', retry: never, ...more } },
})
const list = [1, 2, 3]
const verdict = (on_item_failure: string, instead: string): Pick<KeyCase, 'at' | 'flow' | 'instead' | 'staging'> => ({
  at: 'tasks.a.with_items.on_item_failure',
  flow: many({ in: list, on_item_failure }),
  instead,
  staging: { work: failsFor(2) },
})

/** Three tasks that lead to one. */
const funnel = (last: { [key: string]: Json }): KeyCase['flow'] => ({
  tasks: {
    a: { task: 'work', input: 1, retry: never, next: [{ do: ['last'] }, { when: '{{ failed() }}' }] },
    b: { task: 'work', input: 2, next: [{ do: ['last'] }] },
    c: { task: 'work', input: 3, next: [{ do: ['last'] }] },
    last: { task: 'last', ...last },
  },
})
const lasts = ({ attempts }: { attempts: { task: string }[] }): number => attempts.filter(({ task }) => task === 'last').length

export const graphCases: Record<string, KeyCase[]> = {
  'tasks.*.with_items': [
    {
      at: 'tasks.a.with_items',
      flow: { tasks: { a: { task: 'work', with_items: '{{ input }}' } } },
      staging: { input: list },
      sees: ({ attempts }) => attempts.map(({ index }) => index),
      with: [0, 1, 2],
      without: [undefined],
    },
    {
      at: 'tasks.a.with_items',
      flow: { tasks: { a: { task: 'work', with_items: { in: list } } } },
      sees: ({ closed }) => closed.map(({ counters }) => counters?.total),
      with: [3],
      without: [undefined],
    },
  ],
  'tasks.*.with_items.in': [
    { at: 'tasks.a.with_items.in', flow: many({ in: list }), instead: '{{ [7] }}', sees: inputs, with: list, without: [7] },
  ],
  'tasks.*.with_items.as': [
    {
      at: 'tasks.a.with_items.as',
      flow: many({ in: list, as: 'file' }, { input: '{{ file }}' }),
      sees: (seen) => [inputs(seen), refused(seen)],
      with: [list, undefined],
      without: [[], 'tasks.a.input: `file` is not known here'],
    },
  ],
  'tasks.*.with_items.key': [
    {
      at: 'tasks.a.with_items.key',
      flow: many({ in: list, key: 'k{{ item }}-{{ index }}' }),
      sees: ({ attempts }) => attempts.map(({ key }) => key),
      with: ['k1-0', 'k2-1', 'k3-2'],
      without: [undefined, undefined, undefined],
    },
  ],
  'tasks.*.with_items.on_item_failure': [
    { ...verdict('drain', 'stop'), sees: inputs, with: [1, 2, 3], without: [1, 2] },
    {
      ...verdict('stop', 'drain'),
      sees: ({ closed }) => closed.map(({ outcome, counters }) => [outcome, counters]),
      with: [['failed', { succeeded: 1, failed: 1, skipped: 1, total: 3 }]],
      without: [['failed', { succeeded: 2, failed: 1, skipped: 0, total: 3 }]],
    },
    { ...verdict('continue', 'drain'), sees: outcomes, with: ['a#1 succeeded'], without: ['a#1 failed'] },
  ],
  'tasks.*.with_items.tolerate': [
    {
      at: 'tasks.a.with_items.tolerate',
      flow: many({ in: list, tolerate: { count: 1 } }),
      staging: { work: failsFor(2) },
      sees: status,
      with: 'COMPLETED',
      without: 'FAILED',
    },
  ],
  'tasks.*.with_items.tolerate.count': [
    {
      at: 'tasks.a.with_items.tolerate.count',
      flow: many({ in: list, tolerate: { count: 1, percent: 1 } }),
      staging: { work: failsFor(2) },
      sees: outcomes,
      with: ['a#1 succeeded'],
      without: ['a#1 failed'],
    },
  ],
  'tasks.*.with_items.tolerate.percent': [
    {
      at: 'tasks.a.with_items.tolerate.percent',
      flow: many({ in: list, tolerate: { count: 1, percent: 70 } }),
      staging: { work: failsFor(2, 3) },
      sees: outcomes,
      with: ['a#1 succeeded'],
      without: ['a#1 failed'],
    },
  ],
  'tasks.*.with_items.batch': [
    {
      at: 'tasks.a.with_items.batch',
      flow: many({ in: list, batch: { size: 2 } }),
      sees: inputs,
      with: [[1, 2], [3]],
      without: [1, 2, 3],
    },
  ],
  'tasks.*.with_items.batch.size': [
    {
      at: 'tasks.a.with_items.batch.size',
      flow: many({ in: list, batch: { size: 2 } }),
      instead: 3,
      sees: inputs,
      with: [[1, 2], [3]],
      without: [[1, 2, 3]],
    },
  ],
  'tasks.*.concurrency': [2, '{{ input }}'].map(
    (concurrency) =>
      ({
        at: 'tasks.a.concurrency',
        flow: many({ in: list }, { concurrency }),
        staging: { input: 2 },
        sees: ({ mostOpen }) => mostOpen,
        with: 2,
        without: 1,
      }) satisfies KeyCase,
  ),
  'tasks.*.join': [
    { at: 'tasks.last.join', flow: funnel({ join: 'all' }), sees: lasts, with: 1, without: 3 },
    {
      at: 'tasks.last.join',
      flow: funnel({ join: 2 }),
      staging: { work: failsFor(1) },
      sees: (seen) => [lasts(seen), status(seen)],
      with: [1, 'COMPLETED'],
      without: [2, 'COMPLETED'],
    },
  ],
  'tasks.*.on_unreachable': [
    { on_unreachable: 'skip', instead: 'fail' },
    { on_unreachable: 'fail', instead: 'skip' },
  ].map(({ on_unreachable, instead }): KeyCase => {
    const seen: Record<string, unknown> = { skip: ['COMPLETED', 'last#0 skipped'], fail: ['FAILED', 'last#0 unreachable'] }
    return {
      at: 'tasks.last.on_unreachable',
      flow: funnel({ join: 'all', on_unreachable }),
      instead,
      staging: { work: failsFor(1) },
      sees: (each) => [status(each), each.outcomes.at(-1)],
      with: seen[on_unreachable],
      without: seen[instead],
    }
  }),
  'tasks.*.exclusive': [
    {
      at: 'tasks.a.exclusive',
      flow: {
        tasks: {
          a: { task: 'work', exclusive: true, next: [{ do: ['b'] }, { when: '{{ always() }}', do: ['c'] }] },
          b: { task: 'work' },
          c: { task: 'work' },
        },
      },
      sees: tried,
      with: ['a', 'b'],
      without: ['a', 'b', 'c'],
    },
  ],
  'tasks.*.next': [
    {
      at: 'tasks.a.next',
      flow: { tasks: { a: { task: 'work', retry: never, next: [{ do: ['b'] }] }, b: { task: 'other' } } },
      staging: { work: ({ kind }) => (kind === 'work' ? fails() : { output: null }) },
      sees: (seen) => [tried(seen), outcomes(seen)],
      with: [['a'], ['a#1 failed', 'b#0 skipped']],
      // Nothing leads to it: it begins with the others.
      without: [
        ['a', 'b'],
        ['a#1 failed', 'b#1 succeeded'],
      ],
    },
  ],
  'tasks.*.next[].when': [
    {
      at: 'tasks.a.next.0.when',
      flow: { tasks: { a: { task: 'work', next: [{ when: '{{ failed() }}', do: ['b'] }] }, b: { task: 'work' } } },
      sees: outcomes,
      with: ['a#1 succeeded', 'b#0 skipped'],
      without: ['a#1 succeeded', 'b#1 succeeded'],
    },
  ],
  'tasks.*.next[].publish': [
    {
      at: 'tasks.a.next.0.publish',
      flow: {
        vars: { x: 0 },
        tasks: {
          a: { task: 'work', input: 5, next: [{ publish: { x: '{{ result() }}' }, do: ['b'] }] },
          b: { task: 'work', input: '{{ vars.x }}' },
        },
      },
      sees: inputs,
      with: [5, 5],
      without: [5, 0],
    },
  ],
  'tasks.*.next[].do': [
    {
      at: 'tasks.a.next.0.do',
      flow: {
        tasks: { a: { task: 'work', retry: never, next: [{ when: '{{ succeeded() }}', do: ['b'] }] }, b: { task: 'other' } },
      },
      staging: { work: ({ kind }) => (kind === 'work' ? fails() : { output: null }) },
      sees: tried,
      with: ['a'],
      without: ['a', 'b'],
    },
  ],
}
