/** What is to be done after a turn is committed. Every effect may be repeated. */
import type { Down } from '../../schemas/socket/down.ts'
import type { Claim, ConfirmItem, Holder, LostItem } from '../lease.ts'

/** Work is passed on as text, unread. */
export type Message =
  | { type: 'work'; workType: 'activation' | 'task'; body: string }
  | Exclude<Down, { type: 'activation' | 'task' }>

export type Effect =
  | { type: 'send'; session: string; message: Message }
  | { type: 'close'; session: string; code: number; reason: string }
  | { type: 'claim'; id: number; executionId: string; claim: Claim }
  | { type: 'lost'; id: number; executionId: string; run: number; items: LostItem[]; session: string }
  | { type: 'confirm'; id: number; executionId: string; items: ConfirmItem[]; holder: Holder }

/** A message as it goes over the socket. */
export function encodeMessage(message: Message): string {
  if (message.type !== 'work') return JSON.stringify(message)
  return `{"type":"${message.workType}",${message.body.slice(message.body.indexOf('{') + 1)}`
}
