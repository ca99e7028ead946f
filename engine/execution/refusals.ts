/** Refusals that several rules give. */
import type { Refusal } from '../../schemas/errors.ts'
import { refused } from '../answer.ts'
import type { ExecutionState, RunState } from './state.ts'

type Refused = { ok: false; refusal: Refusal }

export const unknownExecution = ({ executionId }: Pick<ExecutionState, 'executionId'>): Refused =>
  refused('not_found', `there is no execution ${executionId}`)

export const closedRefusal = (run: RunState): Refused =>
  refused('already_closed', `run ${run.number} of execution ${run.executionId} is ${run.closed?.status ?? 'closed'}`)

export const staleRefusal = (id: string): Refused => refused('stale_attempt', `${id}: this attempt is not the open one`)
