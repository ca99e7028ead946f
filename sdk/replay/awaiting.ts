/**
 * What the code waits for that the service cannot derive from the log: signals, conditions, and what it has sent to other
 * executions and not been answered. Said with each answer, and shown to whoever asks why a run does not go on.
 */
import type { Awaiting } from '../../schemas/awaiting.ts'
import { limits } from '../../schemas/limits.ts'
import { shorten } from '../failures/wire.ts'
import { mostAwaited } from './log-book.ts'
import type { RunState } from './run-state.ts'

export type DeclaredAwaiting = Awaiting & { type: 'signal' | 'condition' }

/** Each signal once, the conditions as one; handlers when there is nothing else. */
export function awaitingOf({ calls, inbox }: RunState): DeclaredAwaiting[] {
  const signals = new Set<string>()
  const externals: DeclaredAwaiting[] = []
  let isConditional = false
  for (const { type, id, name } of calls) {
    if (type === 'signal') signals.add(name)
    else if (type === 'condition') isConditional = true
    else if (type === 'external') externals.push({ type: 'condition', id, name: shorten(name, limits.nameCharacters) })
  }
  const named = [...(calls.isEmpty ? inbox.handled : signals)].map((name): DeclaredAwaiting => ({ type: 'signal', name }))
  return [...named, ...(isConditional ? [{ type: 'condition' as const }] : []), ...externals].slice(0, mostAwaited)
}
