/** The author's function begins. */
import type { Command } from '../../schemas/commands.ts'
import type { LogEntry } from '../definition/logger.ts'
import { checkInput } from '../definition/schema.ts'
import type { AnyWorkflow } from '../definition/workflow.ts'
import { StrayCallError } from '../failures/determinism-error.ts'
import { CancelledFailure } from '../failures/own-failures.ts'
import { shorten, toWire } from '../failures/wire.ts'
import { encodePayload } from '../values/payload.ts'
import { makeContext } from './calls/context.ts'
import type { RunState } from './run-state.ts'
import { generator } from './seed.ts'

export interface RunIdentity {
  executionId: string
  run: number
}

const longestReason = 1_000

export function startCode(
  definition: AnyWorkflow,
  { executionId, run }: RunIdentity,
  state: RunState,
  log: (entry: LogEntry) => void,
  input: unknown,
): void {
  const chance = generator(`${executionId}/${run}/${state.book.started?.at ?? 0}`)
  const ctx = makeContext({ state, executionId, run, generator: chance, log })
  state.begin({
    type: 'workflow',
    owner: state,
    now: () => ctx.now(),
    random: chance.random,
    uuid: chance.uuid,
    refuse(what, instead) {
      const error = new StrayCallError(`${what} cannot be used in workflow code: ${instead}`)
      state.breakWith(error)
      throw error
    },
  })
  const perform = async (): Promise<unknown> => {
    const checked = await checkInput(definition.input, input, definition.name)
    return definition.run(ctx, checked)
  }
  void state.inCode(perform).then(
    (output) => state.finish(() => ({ type: 'COMPLETE_WORKFLOW', output: encodePayload(output, 'output') })),
    (error: unknown) => state.finish(() => endedBy(error, state)),
  )
}

/** A cancellation that leaves the code is how a cancelled workflow ends; whatever else leaves it is its failure. */
function endedBy(error: unknown, { cancellation }: RunState): Command {
  if (!CancelledFailure.is(error)) return { type: 'FAIL_WORKFLOW', failure: toWire(error) }
  const reason = cancellation.isRequested ? cancellation.reason : error.message
  return { type: 'CANCEL_WORKFLOW', ...(reason !== undefined && { reason: shorten(reason, longestReason) }) }
}
