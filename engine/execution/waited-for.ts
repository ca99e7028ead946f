/** Signals and conditions that the code waits for: known only by what its worker says of them. */
import type { Awaiting } from '../../schemas/awaiting.ts'

export interface WaitedFor extends Awaiting {
  type: 'signal' | 'condition'
  since: number
}

export const isDeclared = (item: Awaiting): item is Awaiting & { type: WaitedFor['type'] } =>
  item.type === 'signal' || item.type === 'condition'

/** What was waited for before is waited for since then. */
export function waitedFor(before: WaitedFor[], awaiting: Awaiting[], at: number): WaitedFor[] {
  const since = new Map<string, number[]>()
  for (const item of before) since.set(keyOf(item), [...(since.get(keyOf(item)) ?? []), item.since])
  return awaiting.filter(isDeclared).map((item) => ({ ...item, since: since.get(keyOf(item))?.shift() ?? at }))
}

const keyOf = ({ type, id, name }: Awaiting): string => JSON.stringify([type, id, name])
