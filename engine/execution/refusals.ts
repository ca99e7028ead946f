/** Refusals that several rules give. */
import type { Refusal } from '../../schemas/errors.ts'
import { refused } from '../answer.ts'
import type { RunState } from './state.ts'

type Refused = { ok: false; refusal: Refusal }

export const closedRefusal = (run: RunState): Refused =>
  refused('already_closed', `run ${run.number} is ${run.closed?.status ?? 'closed'}`)

export const staleRefusal = (id: string): Refused => refused('stale_attempt', `${id}: this attempt is not the open one`)
