/** Bugs in the log, in replay, and in when the execution is awake. */
import { edit, type Plant } from './plant.ts'

const due = 'engine/execution/due.ts'

export const inLog: readonly Plant[] = [
  {
    name: 'gap-in-the-log',
    edits: [
      edit(
        'engine/execution/draft.ts',
        'sequence: run.lastSequence + 1,\n      type,',
        "sequence: run.lastSequence + (type === 'TIMER_FIRED' ? 2 : 1),\n      type,",
      ),
    ],
  },
  {
    name: 'timer-fires-twice',
    edits: [
      edit(
        'engine/execution/evolve-event.ts',
        "    case 'TIMER_FIRED':\n",
        "    case 'TIMER_FIRED':\n      run.due.add(event.data.timerId as never, event.at + 500)\n      return\n",
      ),
    ],
  },
  {
    name: 'compare-with-later-read',
    edits: [
      edit(
        'engine/execution/activation-answer.ts',
        '  const seen = {\n    snapshotSequence,',
        '  const seen = {\n    snapshotSequence: run.lastSequence,',
      ),
    ],
  },
  {
    name: 'snapshot-idle-ahead',
    edits: [
      edit(
        'engine/execution/evolve.ts',
        'run.snapshotSequence = mark.snapshotSequence',
        'run.snapshotSequence = run.lastSequence',
      ),
    ],
  },
  {
    name: 'snapshot-rule-off',
    edits: [edit('engine/execution/leases.ts', 'run.lastWaking <= run.snapshotSequence', 'run.lastWaking <= run.lastBlockEnd')],
  },
  {
    name: 'effect-before-commit',
    edits: [
      edit(
        'test/simulation/execution.ts',
        '    this.#commit(draft)\n',
        '    this.world.agenda.after(2, () => this.#commit(draft))\n',
      ),
    ],
  },
  {
    name: 'alarm-not-re-armed',
    edits: [edit(due, 'run.due.at !== undefined) times.push', 'run.due.at === 0) times.push')],
  },
  { name: 'alarm-too-late', edits: [edit(due, 'times.push(run.due.at)', 'times.push(run.due.at + 10_000)')] },
  {
    name: 'message-never-delivered',
    edits: [edit('engine/outbox.ts', '        this.#entries.delete(change.id)\n', '')],
  },
  {
    name: 'batch-settled-at-once',
    edits: [
      edit(
        'sdk/replay/workflow-run.ts',
        '        do await macrotask()\n        while (meetCondition(state))\n      } finally {\n        state.active = false\n        rests()\n' +
          '      }\n      if (state.broken !== undefined) throw state.broken\n    }\n',
        '      } finally {\n        rests()\n      }\n    }\n    do await macrotask()\n    while (meetCondition(state))\n' +
          '    state.active = false\n    if (state.broken !== undefined) throw state.broken\n',
      ),
    ],
  },
  {
    name: 'kept-run-not-dropped',
    edits: [edit('sdk/worker/speculation.ts', 'isTaken ? reply : undefined, answers)', 'reply, answers)')],
  },
]
