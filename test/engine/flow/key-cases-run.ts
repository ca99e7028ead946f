/** Keys of the flow itself, and how a run begins and ends. */
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import type { Draft } from '../../../engine/execution/draft.ts'
import { inputs, type KeyCase, outcomes, output, refused, silent, status, tried } from './key-case.ts'

const cancel = (draft: Draft): void => void requestCancellation(draft, 'me', 'enough')
const one = { a: { task: 'work' } }
const two = { a: { task: 'work', input: 1 } }

export const runCases: Record<string, KeyCase[]> = {
  flow: [
    {
      at: 'flow',
      flow: { flow: 'staged', tasks: one, output: '{{ execution.flow }}' },
      instead: 'other',
      sees: output,
      with: 'staged',
      without: 'other',
    },
  ],
  version: [
    {
      at: 'version',
      flow: { version: 3, tasks: one, output: '{{ execution.version }}' },
      sees: output,
      with: 3,
      without: 1,
    },
  ],
  input: [
    {
      at: 'input',
      flow: { input: { type: 'object', properties: { n: { default: 5 } } }, tasks: one, output: '{{ input }}' },
      sees: output,
      with: { n: 5 },
      without: null,
    },
    {
      at: 'input',
      flow: { input: { type: 'object', properties: { n: { type: 'number' } } }, tasks: one },
      staging: { input: { n: 'five' } },
      sees: (seen) => [refused(seen), status(seen)],
      with: ['input.n: Invalid input', undefined],
      without: [undefined, 'COMPLETED'],
    },
  ],
  vars: [
    {
      at: 'vars',
      flow: { vars: { x: '{{ 1 + 1 }}' }, tasks: { a: { task: 'work', input: '{{ vars }}' } } },
      sees: inputs,
      with: [{ x: 2 }],
      without: [{}],
    },
  ],
  tasks: [{ at: 'tasks', flow: { tasks: two }, instead: { b: { task: 'work' } }, sees: tried, with: ['a'], without: ['b'] }],
  output: [
    {
      at: 'output',
      flow: { tasks: two, output: { is: '{{ tasks.a.output }}' } },
      sees: output,
      with: { is: 1 },
      without: undefined,
    },
  ],
  cancellation: (['cancel_running', 'allow_finish'] as const).map((policy): KeyCase => {
    const other = policy === 'allow_finish' ? 'cancel_running' : 'allow_finish'
    const seen = { cancel_running: [[], ['a#1 cancelled'], 'CANCELLED'], allow_finish: [['a'], ['a#1 succeeded'], 'CANCELLED'] }
    return {
      at: 'cancellation',
      flow: { cancellation: policy, tasks: { a: { task: 'work', next: [{ do: ['b'] }] }, b: { task: 'work' } } },
      instead: other,
      staging: { said: cancel },
      sees: (each) => [tried(each), outcomes(each), status(each)],
      with: seen[policy],
      without: seen[other],
    }
  }),
  on_cancel: [
    {
      at: 'on_cancel',
      flow: { on_cancel: ['undo'], tasks: { a: { task: 'work' }, undo: { task: 'work' } } },
      staging: { said: cancel },
      sees: (seen) => [tried(seen), outcomes(seen), status(seen)],
      with: [['undo'], ['a#1 cancelled', 'undo#1 succeeded'], 'CANCELLED'],
      // It is a task like the others then.
      without: [[], ['a#1 cancelled', 'undo#1 cancelled'], 'CANCELLED'],
    },
  ],
  max_steps: [
    {
      at: 'max_steps',
      flow: {
        max_steps: 3,
        vars: { n: 0 },
        tasks: {
          a: { task: 'work', next: [{ publish: { n: '{{ vars.n + 1 }}' } }, { when: '{{ vars.n < 4 }}', do: ['a'] }] },
        },
      },
      sees: ({ attempts, failure }) => [attempts.length, failure?.type],
      with: [3, 'FLOW_STEPS'],
      without: [5, undefined],
    },
  ],
  timeout: [3_600_000, '1 hour'].map((timeout): KeyCase => {
    return {
      at: 'timeout',
      flow: { timeout, tasks: one },
      staging: { work: silent },
      sees: (seen) => [seen.status, seen.status === 'TIMED_OUT' ? seen.endedAt : undefined],
      with: ['TIMED_OUT', 3_600_000],
      without: ['OPEN', undefined],
    }
  }),
}
