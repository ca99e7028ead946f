/** The state that a workflow's code shows, as its readers get it: each value is where the log has it. */
import { type Answer, accepted, refused } from '../answer.ts'
import type { RunState } from './state.ts'

/** JSON text. */
type Text = string

export interface StateSource {
  readonly events: { payload(run: number, sequence: number): Text | undefined }
}

/** One answer holds at most so much; more is read key by key. Characters. */
const mostCharacters = 8_388_608

export function stateText(run: RunState, store: StateSource): Answer<Text> {
  const items: Text[] = []
  let size = 0
  for (const [key, sequence] of run.state) {
    const item = `${JSON.stringify(key)}:${store.events.payload(run.number, sequence) ?? 'null'}`
    size += item.length
    if (size > mostCharacters) {
      return refused('payload_too_large', `the state has more than ${mostCharacters} characters: read it key by key`)
    }
    items.push(item)
  }
  return accepted(`{"items":{${items.join(',')}}}`)
}

export function stateValueText(run: RunState, store: StateSource, key: string): Answer<Text> {
  const sequence = run.state.get(key)
  if (sequence === undefined) return refused('not_found', `the state has no ${key}`)
  return accepted(`{"value":${store.events.payload(run.number, sequence) ?? 'null'}}`)
}
