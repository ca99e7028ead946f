/**
 * What was answered to the last requests, in memory only: the same request again gets the same reply, with the work that
 * it carried. A `requestId` alone does not make a request the same: what another worker says under it must be taken.
 */

import type { Answer } from '../../engine/answer.ts'
import type { ReportRequest } from '../../engine/execution/commands.ts'
import type { ReportOutcome } from '../ports.ts'
import { repeated } from './reporting.ts'

const capacity = 64

export class RecentReplies {
  readonly #replies = new Map<string, Promise<Answer<ReportOutcome>>>()

  /** Kept only if the request has an id. */
  keep(request: ReportRequest, reply: Promise<Answer<ReportOutcome>>): void {
    const key = keyOf(request)
    if (key === undefined) return
    this.#replies.set(key, reply)
    reply.catch(() => this.#replies.delete(key))
    for (const oldest of this.#replies.keys()) {
      if (this.#replies.size <= capacity) return
      this.#replies.delete(oldest)
    }
  }

  /** The earlier answer, marked as a repeat. */
  find(request: ReportRequest): Promise<Answer<ReportOutcome>> | undefined {
    const key = keyOf(request)
    if (key === undefined) return undefined
    return this.#replies.get(key)?.then((answer) => (answer.ok ? { ok: true, value: repeated(answer.value) } : answer))
  }
}

const keyOf = ({ requestId, session, reports, then }: ReportRequest): string | undefined =>
  requestId === undefined
    ? undefined
    : JSON.stringify([requestId, session, then?.basedOn, ...reports.map(({ type, run, id, token }) => [type, run, id, token])])
