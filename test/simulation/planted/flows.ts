/** Bugs of flows that are steered: paused, cancelled, told something, or short of room. */
import { edit, type Plant } from './plant.ts'

const workload = 'flow-steering'

export const inFlows: readonly Plant[] = [
  {
    name: 'flow-begins-while-paused',
    workload,
    edits: [edit('engine/flow/advance.ts', ' || run.paused !== undefined) return', ') return')],
  },
  {
    name: 'flow-takes-edges-when-cancelled',
    workload,
    edits: [edit('engine/flow/close-visit.ts', "  if (flow.phase !== 'cancelling') {", "  if (flow.phase !== 'on_cancel') {")],
  },
  {
    name: 'flow-is-not-told-of-signals',
    workload,
    edits: [edit('engine/flow/evolve.ts', '      for (const visit of flow.waiters.get(name) ?? []) wake(flow, visit)\n', '')],
  },
  {
    name: 'flow-timer-overtakes-signal',
    workload,
    edits: [edit('engine/flow/look.ts', 'item?.endedBy === undefined || signal < item.endedBy', 'item?.endedBy === undefined')],
  },
  {
    name: 'flow-forgets-children-when-cancelled',
    workload,
    edits: [edit('engine/flow/cancel-items.ts', "if (id.startsWith('child-'))", "if (id.startsWith('nothing-'))")],
  },
  {
    name: 'flow-undoes-before-all-is-over',
    workload,
    edits: [
      edit(
        'engine/flow/advance.ts',
        '  if (flow.open.size > 0) return false\n',
        "  if (flow.open.size > 0 && flow.phase !== 'cancelling') return false\n",
      ),
    ],
  },
]
