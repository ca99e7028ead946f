/** The flows that the workload `flow-steering` runs, as their authors would write them. */

export interface Item {
  ms: number
  n: number
  isBad?: boolean
  /** So many attempts fail first. */
  failures?: number
}

export interface Branch {
  ms: number
  n: number
  isBad: boolean
}

/** The input of `steered`. */
export interface Steered {
  items: Item[]
  /** They compete with the others for room among the open tasks. */
  beside: Item[]
  children: Branch[]
  words: number
  /** The item whose input cannot be made; -1 for none. */
  faulty: number
  one: Item
}

export interface Steering {
  isCancelled: boolean
  policy: 'cancel_running' | 'allow_finish'
  concurrency: number
  /** How many children at a time. */
  children: number
  goes: 'never' | 'once' | 'twice'
  goMs: number
  pays: 'never' | 'resolved' | 'rejected' | 'twice'
  payMs: number | undefined
}

const patient = { maximumAttempts: 0, initialInterval: 200, maximumInterval: 2_000, nonRetryable: ['BadItem'] }

export const steeredFlow = ({ policy, concurrency, children, goMs, payMs }: Steering) => ({
  flow: 'steered',
  vars: { heard: [], made: null, beside: null, gate: null, paid: null, subs: null, nowhere: null },
  cancellation: policy,
  on_cancel: ['undo'],
  tasks: {
    // As many words as were announced, in their order.
    hear: {
      wait_for: { signal: 'word' },
      exclusive: true,
      next: [
        {
          when: '{{ succeeded() && size(vars.heard) + 1 < input.words }}',
          publish: { heard: '{{ vars.heard + [result()] }}' },
          do: ['hear'],
        },
        { publish: { heard: '{{ vars.heard + [result()] }}' }, do: ['end'] },
      ],
    },
    fan: {
      task: 'step',
      with_items: { in: '{{ input.items }}', key: 'n{{ item.n }}', tolerate: { percent: 100 } },
      concurrency,
      retry: patient,
      input: {
        ms: '{{ item.ms }}',
        n: '{{ index == input.faulty ? item.nothing : item.n }}',
        isBad: '{{ item.isBad }}',
        failures: '{{ item.failures }}',
      },
      next: [
        { when: '{{ succeeded() }}', publish: { made: '{{ result() }}' }, do: ['pledge'] },
        { when: '{{ !succeeded() }}', do: ['pledge'] },
      ],
    },
    beside: {
      task: 'step',
      with_items: '{{ input.beside }}',
      concurrency: 0,
      retry: patient,
      input: '{{ item }}',
      next: [{ publish: { beside: '{{ result() }}' }, do: ['end'] }],
    },
    pledge: {
      wait_for: { promise: 'paid' },
      ...(payMs !== undefined && { timeout: payMs }),
      next: [
        { when: '{{ succeeded() }}', publish: { paid: '{{ result() }}' }, do: ['end'] },
        { when: '{{ failed() }}', publish: { paid: 'refused' }, do: ['end'] },
        { when: '{{ timed_out() }}', publish: { paid: 'late' }, do: ['end'] },
      ],
    },
    gate: {
      wait_for: { signal: 'go' },
      timeout: goMs,
      next: [
        { publish: { gate: '{{ result() }}' }, do: ['end'] },
        { when: '{{ timed_out() }}', publish: { gate: 'late' }, do: ['end'] },
      ],
    },
    sub: {
      flow: 'branch',
      with_items: { in: '{{ input.children }}', on_item_failure: 'continue' },
      concurrency: children,
      input: '{{ item }}',
      next: [{ publish: { subs: '{{ result() }}' }, do: ['end'] }],
    },
    nowhere: { flow: 'nowhere', next: [{ when: '{{ failed() }}', publish: { nowhere: 'failed' }, do: ['end'] }] },
    end: { task: 'step', join: 'all', input: '{{ input.one }}', retry: patient },
    undo: { task: 'tidy', input: { ms: 20 }, retry: patient },
  },
  output: {
    heard: '{{ vars.heard }}',
    made: '{{ vars.made }}',
    beside: '{{ vars.beside }}',
    gate: '{{ vars.gate }}',
    paid: '{{ vars.paid }}',
    subs: '{{ vars.subs }}',
    nowhere: '{{ vars.nowhere }}',
    end: '{{ tasks.end.output }}',
  },
})

/** Each of `sub`: it works and waits beside it; asked to end, it tidies up. */
export const childFlow = (napMs: number) => ({
  flow: 'branch',
  on_cancel: ['tidy'],
  tasks: {
    nap: { wait_for: { signal: 'nobody sends this' }, timeout: napMs, next: [{ when: '{{ timed_out() }}', do: ['after'] }] },
    work: { task: 'step', input: '{{ input }}', retry: patient, next: [{ do: ['after'] }] },
    after: { task: 'tidy', join: 'all', on_unreachable: 'skip', input: { ms: 10 }, retry: patient },
    tidy: { task: 'tidy', input: { ms: 10 }, retry: patient },
  },
  output: { n: '{{ input.n }}', got: '{{ tasks.work.output }}' },
})
