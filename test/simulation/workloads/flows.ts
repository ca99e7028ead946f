/** Flows: a fan-out with a limit and items that fail, beside another branch, and a join of both. */
import type { FlowDefinition, FlowTask } from '../../../engine/flow/definition.ts'
import { workflow } from '../../../sdk/definition/workflow.ts'
import { same, type Workload, workMs } from '../workload.ts'

const task = (name: string, more: Partial<FlowTask>): FlowTask => ({
  name,
  action: {
    type: 'task',
    kind: 'step',
    priority: 0,
    retry: { maximumAttempts: 0, nonRetryable: ['BadItem'] },
    input: '{{ input.one }}',
  },
  exclusive: false,
  next: [],
  sources: [],
  ...more,
})

class BadItem extends Error {
  override readonly name = 'BadItem'
}

export const flows: Workload = {
  name: 'flows',
  prepare(chance, ledger) {
    const step = ledger.task('step', ({ n, isBad }: { ms: number; n: number; isBad?: boolean }) => {
      if (isBad) throw new BadItem('no')
      return n * 2
    })
    // Some workers have workflows alone: they get nothing of a flow.
    const unasked = workflow({ name: 'unasked', run: async () => null })
    return {
      workflows: [unasked],
      tasks: [step],
      next() {
        const items = Array.from({ length: chance.pick([0, 1, 2, 5, 12, 30]) }, (_, n) => ({
          ms: workMs(chance),
          n,
          isBad: chance.isTrue(0.05),
        }))
        const limit = chance.pick([1, 2, 3, 0])
        const definition: FlowDefinition = {
          name: 'sim',
          vars: {},
          cancellation: 'cancel_running',
          onCancel: [],
          maxSteps: 100,
          start: ['fan', 'side'],
          tasks: [
            task('fan', {
              action: { ...task('fan', {}).action, input: '{{ item }}' } as FlowTask['action'],
              items: {
                in: '{{ input.items }}',
                as: 'item',
                onItemFailure: 'drain',
                tolerate: {},
                batchSize: 1,
                concurrency: limit,
              },
              next: [{ when: 'always()', publish: { made: '{{ result() }}' }, do: ['end'] }],
            }),
            task('side', { next: [{ publish: {}, do: ['end'] }] }),
            task('end', { join: { need: 2, onUnreachable: 'fail' }, sources: ['fan', 'side'] }),
          ],
          output: { made: '{{ vars.made }}', succeeded: '{{ tasks.fan.succeeded }}', end: '{{ tasks.end.output }}' },
        }
        const good = items.filter(({ isBad }) => !isBad).length
        return {
          kind: 'flow:sim',
          input: { items, one: { ms: workMs(chance), n: 1 } },
          flow: { name: 'sim', version: 1, hash: 'sim', definition: JSON.stringify(definition) },
          check: ({ output, count }) =>
            same('the output', output, {
              made: items.map(({ n, isBad }) => (isBad ? null : n * 2)),
              succeeded: good,
              end: 2,
            }) ??
            same('the number of starts', count('FLOW_TASK_STARTED'), 3) ??
            same('the number of tasks', count('TASK_SCHEDULED'), items.length + 2),
        }
      },
    }
  },
}
