/** A start and a signal in one turn: whoever has the id, the signal is in its log, or nothing has happened (N4). */
import { type Answer, accepted } from '../answer.ts'
import type { StartCommand } from './commands.ts'
import { statusOf } from './describe.ts'
import type { Draft } from './draft.ts'
import { type SignalCommand, type SignalTaken, takeSignal } from './signals.ts'
import { type Started, start } from './start.ts'

export type StartedAndSignalled = Started & SignalTaken

export function signalWithStart(draft: Draft, command: StartCommand, signal: SignalCommand): Answer<StartedAndSignalled> {
  const repeat = repeatOf(draft, command, signal)
  if (repeat !== undefined) return accepted(repeat)
  const started = start(draft, command)
  if (!started.ok) return started
  const taken = takeSignal(draft, signal)
  return taken.ok ? accepted({ ...started.value, ...taken.value }) : taken
}

/** As the same request is answered later. */
export const startedBefore = (answer: StartedAndSignalled): StartedAndSignalled => ({ ...answer, isNew: false, created: false })

/** The signal is there already: whatever the request says of ids in use was done when it came first. */
function repeatOf(draft: Draft, command: StartCommand, signal: SignalCommand): StartedAndSignalled | undefined {
  const { run, executionId } = draft.state
  const sequence = run?.signals.get(signal.signalId)
  if (run === undefined || sequence === undefined) return undefined
  const isSame = run.kind === command.kind && (command.bodyHash === undefined || command.bodyHash === run.bodyHash)
  return isSame ? { id: executionId, run: run.number, isNew: false, status: statusOf(run), created: false, sequence } : undefined
}
