/** Bugs that the simulator has met in the code, each as it was before its mend. */
import { edit, type Met } from './plant.ts'

export const met: readonly Met[] = [
  {
    name: 'found-unreadable-log',
    seed: 234,
    workload: 'talks',
    what: 'a log that could not be read after a side effect ended the process of the worker',
    edits: [
      edit('sdk/replay/operations.ts', "\n      .catch((error: unknown): Recorded => ({ status: 'failed', error }))", ''),
      edit('sdk/worker/operation-recorder.ts', "error.code !== 'forbidden') throw error", 'error.code.length > 0) throw error'),
    ],
  },
  {
    name: 'found-report-dropped',
    seed: 173,
    workload: 'flows',
    what: 'a report whose execution could not be asked was taken as refused: the result was dropped',
    edits: [edit('sdk/worker/batch.ts', 'reply === undefined && results.some(isPassing)', 'reply === null')],
  },
  {
    name: 'found-clock-went-back',
    seed: 6,
    workload: 'failures',
    what: 'work that waited was forgotten by a restart on a machine whose clock was behind',
    edits: [
      edit(
        'engine/execution/due.ts',
        '  run.groups.clear()\n  for (const task of run.tasks.values()) {',
        '  for (const task of run.tasks.values()) {',
      ),
      edit(
        'engine/execution/due.ts',
        "    lookAgain(run, 'operations')\n  }\n}",
        "    lookAgain(run, 'operations')\n  }\n  run.groups.clear()\n}",
      ),
    ],
  },
  {
    name: 'found-hold-takes-activation',
    seed: 55,
    workload: 'long-runs',
    what: 'who confirmed to have the side effects took the waiting activation from its offer',
    edits: [edit('engine/execution/leases.ts', "  if (subjectOf(run, id) === 'operations') return\n", '')],
  },
  {
    name: 'found-unnamed-vouched',
    seed: 85,
    workload: 'retries',
    what: 'an activation that had been answered was vouched for, and nobody was given it for 30 seconds',
    edits: [
      edit('engine/queue/keeping.ts', "isKnown && holding.vouched && item.id !== 'activation'", 'isKnown && holding.vouched'),
    ],
  },
  {
    name: 'found-credits-of-hellos',
    seed: 21,
    workload: 'failures',
    what: 'hellos that were on their way together granted more than the slots',
    edits: [
      edit('sdk/worker/worker.ts', 'session !== undefined || granted.workflow + granted.task > 0', 'session !== undefined'),
    ],
  },
  {
    name: 'found-older-rows',
    seed: 5,
    workload: 'long-attempts',
    what: 'the row of an older attempt outlived a crash while its loss was under way, for good',
    edits: [
      edit('engine/queue/rebuild.ts', '[...remains.keeps].sort((a, b) => b.attempt - a.attempt)', 'remains.keeps'),
      edit('engine/queue/rebuild.ts', ' && state.holdings.find(keep) === undefined', ''),
    ],
  },
  {
    name: 'found-alarm-lost',
    seed: 17,
    workload: 'fan-outs',
    what: 'an alarm that the platform gave up was never set again by an object that stayed in memory',
    edits: [edit('engine/alarm.ts', ' || setTo < now - lostAfterMs', '')],
  },
  {
    name: 'found-failure-ends-the-alarm',
    seed: 14,
    workload: 'hand-overs',
    what: 'a failed transaction left an object that nothing would wake',
    edits: [
      edit(
        'engine/alarm.ts',
        'setTo !== undefined && setTo > now ? Math.min(setTo, now + afterFailureMs) : now + afterFailureMs',
        'setTo ?? now + 1_000 * afterFailureMs',
      ),
    ],
  },
  {
    name: 'found-message-dropped',
    seed: 15,
    workload: 'random-programs',
    what: 'a failed transaction of a queue swallowed what a worker had said: the credit was gone',
    edits: [edit('test/simulation/queue.ts', 'this.#own.wires.get(session)?.closeByServer()', 'undefined')],
  },
  {
    name: 'found-count-went-back',
    seed: 47,
    workload: 'moves',
    what: 'an offer after a restart on a machine whose clock was behind was older than what its queue knew, and lost',
    edits: [
      edit('engine/execution/offering.ts', '  if (newer !== undefined) nextRevision(draft.state, newer)\n', ''),
      edit('engine/execution/offering.ts', 'held === undefined || newer !== undefined', 'held === undefined'),
    ],
  },
  {
    name: 'found-hold-left-behind',
    seed: 1,
    workload: 'long-runs',
    what: 'a side effect that went on over several activations left the holds of the earlier ones on disk for good',
    edits: [
      edit(
        'engine/execution/activation-answer.ts',
        'operations !== undefined && operations.id !== answer.id',
        'operations?.id === answer.id',
      ),
    ],
  },
  {
    name: 'found-handshake-unanswered',
    seed: 20,
    workload: 'families',
    what: 'a worker waited for the answer to its handshake for good, and served the partition no more',
    edits: [
      edit(
        'sdk/worker/connection.ts',
        'if (performance.now() - heardAt > silentAfterMs) end()',
        'if (isOpen && performance.now() - heardAt > silentAfterMs) end()',
      ),
    ],
  },
  {
    name: 'found-vouched-in-passing',
    seed: 450,
    workload: 'late-messages',
    what: 'an activation that its worker was just being relieved of was asked for again only after a minute',
    edits: [edit('engine/execution/holders.ts', 'id === unnamed ? keepAfterMs : (', '(')],
  },
  {
    name: 'found-partition-without-credit',
    seed: 1165,
    workload: 'together',
    what: 'what a worker kept back for replies left one of its sockets without any credit',
    edits: [
      edit(
        'sdk/worker/credit.ts',
        'while (this.#grantable(type, connected, isPressed) > 0) {',
        'for (let left = this.#grantable(type, connected, isPressed); left > 0; left -= 1) {',
      ),
    ],
  },
  {
    name: 'found-restarts-renew',
    seed: 49,
    workload: 'timeouts',
    what: 'each restart of an execution renewed the leases of polling workers and the heartbeats of tasks: no silence was ever found out',
    edits: [
      edit(
        'engine/execution/deadlines.ts',
        'if (limit === undefined || lease.notedAt === undefined) return now',
        'if (limit !== now) return now',
      ),
    ],
  },
  {
    name: 'found-shared-token',
    seed: 127,
    workload: 'long-runs',
    what: 'side effects had the token of the activations beside them: who had the ones was taken to have the other',
    edits: [
      edit('engine/execution/parcel.ts', 'blockEnd: run.lastBlockEnd', 'blockEnd: 0'),
      edit('engine/execution/holders.ts', 'blockEnd: operations.blockEnd', 'blockEnd: 0'),
      edit('engine/execution/holders.ts', 'blockEnd: run.lastBlockEnd', 'blockEnd: 0'),
      edit('engine/execution/holders.ts', 'item.blockEnd === run.lastBlockEnd', 'run.operations === undefined'),
    ],
  },
  {
    name: 'found-claim-holds-credit',
    seed: 8,
    workload: 'late-messages',
    what: 'a claim that was not answered held the credit of its worker for 30 seconds',
    edits: [edit('engine/queue/claims.ts', 'const overdueMs = 5_000', 'const overdueMs = 29_999')],
  },
  {
    name: 'found-claim-bars-the-way',
    seed: 8,
    workload: 'late-messages',
    what: 'an offer whose claim was not answered stood before all others of its kind for 30 seconds',
    edits: [
      edit('engine/queue/claims.ts', 'if (of === key && overdue !== true)', 'if (of === key)'),
      edit(
        'engine/queue/claims.ts',
        "      draft.mark({ type: 'offer-delayed', key: offer, retryAt: draft.now + againMs })\n",
        '',
      ),
    ],
  },
  {
    name: 'found-ahead-taken-for-answering',
    seed: 948,
    workload: 'late-reports',
    what: 'what was given again while its run was ahead of the service waited for an answer that was not under way',
    edits: [edit('sdk/worker/kept-runs.ts', 'isBusy && !isForeseeing', 'isBusy || isForeseeing')],
  },
  {
    name: 'found-given-again-ignored',
    seed: 350,
    workload: 'late-messages',
    what: 'what was given again, by an execution that had restarted, while an idle answer was under way, was ignored',
    edits: [edit('sdk/worker/activation-work.ts', 'return this.#postponed.put(activation, via)', 'return this.#host.released()')],
  },
  {
    name: 'found-hold-of-failed',
    seed: 2,
    workload: 'short-pages',
    what: 'an activation that failed left the hold of side effects on disk for good',
    edits: [
      edit(
        'engine/execution/report.ts',
        '  if (operations !== undefined) draft.endHold(operations.id, said.attempt, operations.lease)\n',
        '',
      ),
    ],
  },
  {
    name: 'found-flow-waits-again',
    seed: 115,
    workload: 'flows',
    what: 'a flow under way stopped on a machine whose clock was behind its start',
    edits: [
      edit(
        'engine/flow/advance.ts',
        "  if (flow.steps === 0 && flow.phase === 'running') {",
        "  if (flow.phase === 'running' && draft.now < run.firstActivationAt) return\n  if (flow.steps === 0 && flow.phase === 'running') {",
      ),
    ],
  },
  {
    name: 'found-given-by-a-clock-ahead',
    seed: 91,
    workload: 'moves',
    what: 'an activation that was given out and answered was taken to be out still, after a move to a machine whose clock was behind',
    edits: [edit('engine/execution/due.ts', 'activation.lease.dueAt <= now + clocksDifferMs', 'activation.lease.dueAt <= now')],
  },
  {
    name: 'found-no-room-after-others',
    seed: 40,
    workload: 'flow-steering',
    what: 'items of a flow that wait for room among the open tasks were not told of room that a closed visit had left',
    edits: [
      edit('engine/flow/advance.ts', 'starved === undefined || isFull(run) ?', "starved !== '' ?"),
      edit('engine/execution/evolve.ts', '      else run.flow?.starved.delete(mark.visit)\n', ''),
      edit('engine/flow/evolve.ts', '  if (flow.starved.size > 0) flow.isWoken = true\n', ''),
      edit(
        'engine/flow/evolve.ts',
        '  wake(flow, visit.key)\n}',
        '  wake(flow, visit.key)\n  const [starved] = flow.starved\n  if (starved === undefined) return\n  flow.starved.delete(starved)\n  wake(flow, starved)\n}',
      ),
    ],
  },
  {
    name: 'found-confirmed-for-another',
    seed: 113,
    workload: 'long-runs',
    what: 'work that was confirmed for a session that had gone was taken from the session that had it by then, and its row stayed',
    edits: [
      edit('engine/queue/confirmation.ts', 'session === undefined && other === undefined', 'session === undefined'),
      edit(
        'engine/queue/evolve.ts',
        'holdings.find(item)?.holder.session === change.loss.session',
        'holdings.find(item) !== undefined',
      ),
    ],
  },
  {
    name: 'found-forgotten-when-asked-to-stop',
    seed: 509,
    workload: 'flow-steering',
    what: 'a queue forgot who had a task that was asked to stop: when its worker was lost, that was found out after 30 seconds only',
    edits: [edit('engine/queue/keeping.ts', 'isThis && item.stays !== true', 'isThis')],
  },
]
