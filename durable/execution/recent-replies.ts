/** What was answered to the last requests, in memory only: the same `requestId` again gets the same reply. */
import type { Answer } from '../../engine/answer.ts'
import type { ReportOutcome } from '../ports.ts'
import { repeated } from './reporting.ts'

const capacity = 64

export class RecentReplies {
  readonly #replies = new Map<string, Promise<Answer<ReportOutcome>>>()

  keep(requestId: string, reply: Promise<Answer<ReportOutcome>>): void {
    this.#replies.set(requestId, reply)
    reply.catch(() => this.#replies.delete(requestId))
    for (const oldest of this.#replies.keys()) {
      if (this.#replies.size <= capacity) return
      this.#replies.delete(oldest)
    }
  }

  /** The earlier answer, marked as a repeat. */
  find(requestId: string): Promise<Answer<ReportOutcome>> | undefined {
    return this.#replies.get(requestId)?.then((answer) => (answer.ok ? { ok: true, value: repeated(answer.value) } : answer))
  }
}
