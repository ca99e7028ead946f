/** Answers that are JSON text already: an object made it, and it goes out unread. */
import type { TypedResponse } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'
import type { Text } from '../durable/ports.ts'

/** Satisfies any declared answer of this status. */
export type Sent<Status extends StatusCode> = Response & TypedResponse<never, Status, 'json'>

export const sendText = <Status extends 200 | 201 | 202>(text: Text, status: Status): Sent<Status> =>
  new Response(text, { status, headers: { 'Content-Type': 'application/json' } }) as Sent<Status>

/** An answer of an object, status and all, as after a WebSocket upgrade. */
export const passOn = (response: Response): Sent<never> => response as Sent<never>
