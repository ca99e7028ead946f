/** Starting an execution, or answering for the one that has the id already. */
import type { StartAnswer } from '../../schemas/executions.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import type { FlowDefinition, FlowPin } from '../flow/definition.ts'
import { terminate } from './closing.ts'
import type { StartCommand } from './commands.ts'
import { statusOf } from './describe.ts'
import type { Draft } from './draft.ts'
import type { EventNote, FormerParent } from './log-event.ts'
import type { RunState } from './state.ts'

export type Started = StartAnswer & { created: boolean }

export function start(draft: Draft, command: StartCommand): Answer<Started> {
  const { run } = draft.state
  if (run === undefined) {
    draft.state.org = command.org
    return accepted(begin(draft, command, 1))
  }
  if (command.bodyHash !== undefined && run.bodyHash !== undefined) {
    // The same request again: it is answered by what it has started, whatever it says of ids in use.
    if (command.bodyHash === run.bodyHash) return accepted(existing(draft, run))
    return refused('idempotency_conflict', 'the Idempotency-Key was used for a start with another body')
  }
  if (run.kind !== command.kind) {
    return refused('already_exists', `execution ${command.executionId} exists with kind ${run.kind}, not ${command.kind}`)
  }
  return run.closed === undefined ? startWhileOpen(draft, command, run) : startOverClosed(draft, command, run)
}

function startWhileOpen(draft: Draft, command: StartCommand, run: RunState): Answer<Started> {
  switch (command.onConflict) {
    case 'USE_EXISTING':
      return accepted(existing(draft, run))
    case 'FAIL':
      return refused('already_exists', `execution ${command.executionId} is open`)
    case 'TERMINATE_EXISTING':
      terminate(draft, 'start', 'replaced by a new start')
      return accepted(begin(draft, command, run.number + 1))
  }
}

function startOverClosed(draft: Draft, command: StartCommand, run: RunState): Answer<Started> {
  switch (command.idReuse) {
    case 'USE_EXISTING':
      return accepted(existing(draft, run))
    case 'ALLOW':
      return accepted(begin(draft, command, run.number + 1))
    case 'ALLOW_AFTER_FAILURE':
      return accepted(run.closed?.status === 'COMPLETED' ? existing(draft, run) : begin(draft, command, run.number + 1))
    case 'REJECT':
      return refused('already_exists', `execution ${command.executionId} exists and is closed`)
  }
}

const existing = (draft: Draft, run: RunState): Started => ({
  id: draft.state.executionId,
  run: run.number,
  isNew: false,
  status: statusOf(run),
  created: false,
})

/** The first event of a new run. */
export function begin(
  draft: Draft,
  command: Omit<StartCommand, 'idReuse' | 'onConflict'>,
  number: number,
  parentStartedAt?: number,
): Started {
  const { executionId, kind, queue, parent, startAfterMs, attributes, headers, input, memo, bodyHash, limits, flow } = command
  const timeoutMs = command.timeoutMs ?? timeoutOf(flow)
  const { run: last } = draft.state
  const formerParents = last === undefined ? [] : [...last.formerParents, ...parentOf(last)]
  const note: EventNote = {
    limits,
    ...(bodyHash !== undefined && { bodyHash }),
    ...(flow !== undefined && { pin: flow }),
    ...(formerParents.length > 0 && { formerParents }),
    ...(parentStartedAt !== undefined && { parentStartedAt }),
  }
  draft.begin({
    run: number,
    sequence: 1,
    type: 'WORKFLOW_STARTED',
    at: draft.now,
    data: {
      executionId,
      kind,
      queue,
      run: number,
      ...(parent !== undefined && { parent }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(startAfterMs !== undefined && { startAfterMs }),
      ...(attributes !== undefined && { attributes }),
      ...(memo !== undefined && { memo: JSON.parse(memo) }),
      ...(headers !== undefined && { headers }),
    },
    ...(input !== undefined && { payload: input }),
    note,
  })
  return { id: executionId, run: number, isNew: true, status: statusOf(draft.run), created: true }
}

/** Whose child it is, if it is one. */
export const parentOf = ({ parent, parentStartedAt: startedAt }: RunState): FormerParent[] =>
  parent === undefined ? [] : [{ ...parent, ...(startedAt !== undefined && { startedAt }) }]

/** What the flow itself says. */
const timeoutOf = (flow: FlowPin | undefined): number | undefined =>
  flow === undefined ? undefined : (JSON.parse(flow.definition) as FlowDefinition).timeoutMs
