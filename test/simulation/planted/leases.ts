/** Bugs in who has which work: fencing, holds, losses, credit. */
import { edit, type Plant } from './plant.ts'

const report = 'engine/execution/report.ts'
const holders = 'engine/execution/holders.ts'
const offering = 'engine/execution/offering.ts'

export const inLeases: readonly Plant[] = [
  {
    name: 'fencing-off',
    edits: [edit(report, '  if (task.attempt !== said.attempt) return staleRefusal(said.id)\n', '')],
  },
  {
    name: 'terminal-not-terminal',
    edits: [
      edit(
        report,
        '  if (run.closed !== undefined) return closedRefusal(run)\n  if (said.failure === undefined) completeTask',
        '  if (said.failure === undefined) completeTask',
      ),
    ],
  },
  {
    name: 'duplicate-counted',
    edits: [
      edit(
        report,
        'if (closed.byWorker && closed.attempt === said.attempt && sameOutcome) return accepted({ duplicate: true })',
        `if (closed.byWorker && closed.attempt === said.attempt && sameOutcome) {
      draft.append('TASK_COMPLETED', { taskId: said.id, attempt: said.attempt }, { payload: said.output })
      return accepted({})
    }`,
      ),
    ],
  },
  {
    name: 'retry-under-the-same-attempt',
    edits: [edit('engine/execution/evolve.ts', 'task.attempt = change.attempt + 1', 'task.attempt = change.attempt')],
  },
  {
    name: 'late-reply-resurrects',
    edits: [
      edit(
        offering,
        'run.closed === undefined ? openLease(run, parcel)',
        'run.closed === undefined ? openLease(draft, run, parcel)',
      ),
      edit(
        offering,
        `function openLease(run: RunState, parcel: Parcel): Lease | undefined {
  if (parcel.type === 'task') {
    const task = run.tasks.get(parcel.id)
`,
        `function openLease(draft: Draft, run: RunState, parcel: Parcel): Lease | undefined {
  if (parcel.type === 'task') {
    const task = run.tasks.get(parcel.id)
    const data = { taskId: parcel.id, kind: 'late', queue: run.queue, retry: {}, timeouts: {}, priority: 0 }
    if (task === undefined) draft.append('TASK_SCHEDULED', data)
`,
      ),
    ],
  },
  {
    name: 'offer-not-repeated',
    edits: [
      edit(offering, 'if (held === undefined || newer !== undefined) group.told = mayBegin(run) ? 0 : unheard\n  else ', ''),
    ],
  },
  {
    name: 'hold-not-ended',
    edits: [
      edit(
        'engine/execution/draft.ts',
        "    if (!lease.held) return\n    this.record({ type: 'hold-ended', run: this.run.number, id })\n",
        '    if (!lease.held) return\n',
      ),
    ],
  },
  {
    name: 'restart-forgets-who-has-it',
    edits: [
      edit(
        'engine/execution/due.ts',
        "    if (lease.phase === 'ready' && lease.dueAt <= now) lease.phase = 'unknown'\n    if (lease.phase !== 'ready' && lease",
        "    if (lease.phase === 'ready' && lease.dueAt <= now) groupOf(run, task.id).waiting.set(task.id, now)\n    if (lease.phase !== 'ready' && lease",
      ),
      edit('engine/execution/due.ts', 'import { isWaiting, lookAgain }', 'import { groupOf, isWaiting, lookAgain }'),
    ],
  },
  { name: 'lost-rerun', edits: [edit('engine/execution/evolve.ts', '      run.rerun = true\n', '')] },
  {
    name: 'loss-takes-others',
    workload: 'late-losses',
    edits: [edit(holders, '    if (lease.holder !== undefined && lease.holder.session !== session) continue\n', '')],
  },
  {
    name: 'loss-told-once',
    edits: [
      edit('engine/queue/delivery.ts', 'delivery.nextAt = retryAt(now, delivery.tries)', 'delivery.nextAt = now + 10_000_000'),
    ],
  },
  {
    name: 'cold-taken-as-gone',
    edits: [edit('engine/queue/keeping.ts', '  until > draft.now ?', '  until > draft.now + 10_000_000 ?')],
  },
  {
    name: 'silent-worker-keeps-its-lease',
    edits: [
      edit(
        'engine/queue/presence.ts',
        'isSilent(draft, session))\n      dropSilent',
        'isSilent(draft, session) && session.draining)\n      dropSilent',
      ),
    ],
  },
  {
    name: 'poll-keeps-its-lease',
    edits: [edit('engine/queue/session.ts', '{ leaseMs: pollLeaseMs }', '{ leaseMs: 10_000_000 }')],
  },
  {
    name: 'credit-counted-twice',
    edits: [edit('engine/queue/hello.ts', 'task + added.task)', 'task + 2 * added.task)')],
  },
  {
    name: 'credit-not-spent',
    edits: [edit('engine/queue/push.ts', '[slot]: session.credits[slot] - 1', '[slot]: session.credits[slot]')],
  },
  {
    name: 'kind-not-announced',
    edits: [edit('engine/queue/credit.ts', ' || !canTake(session, demand)) continue', ') continue')],
  },
]
