/** The request to cancel the workflow, from the moment at which its event is delivered. */
import type { EventOf } from '../../schemas/events.ts'
import { CancelledFailure } from '../failures/own-failures.ts'

export class Cancellation {
  readonly #controller = new AbortController()
  #asked: EventOf<'CANCELLATION_REQUESTED'>['data'] | undefined

  get isRequested(): boolean {
    return this.#asked !== undefined
  }

  get reason(): string | undefined {
    return this.#asked?.reason
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** What everything that is outside a shield rejects with. */
  failure(): CancelledFailure {
    const { reason, by } = this.#asked ?? {}
    return new CancelledFailure(reason === undefined ? 'the workflow was cancelled' : `the workflow was cancelled: ${reason}`, {
      details: { ...(reason !== undefined && { reason }), ...(by !== undefined && { by }) },
    })
  }

  /** The first request counts. */
  request(data: EventOf<'CANCELLATION_REQUESTED'>['data']): boolean {
    if (this.#asked !== undefined) return false
    this.#asked = data
    this.#controller.abort(this.failure())
    return true
  }
}
