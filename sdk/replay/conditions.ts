/** What `ctx.until` waits for: tested when everything else is quiet, in order of creation. */
import type { OpenCall } from './open-calls.ts'

/** `holds`, or why it cannot be told. */
export type Verdict = { holds: boolean } | { error: unknown }

export class Conditions {
  readonly #open = new Map<OpenCall, () => boolean>()

  add(call: OpenCall, test: () => boolean): void {
    this.#open.set(call, test)
  }

  remove(call: OpenCall): void {
    this.#open.delete(call)
  }

  /** The first that holds, or whose test fails. */
  firstMet(): { call: OpenCall; verdict: Verdict } | undefined {
    for (const [call, test] of this.#open) {
      const verdict = tested(test)
      if ('error' in verdict || verdict.holds) return { call, verdict }
    }
    return undefined
  }
}

export function tested(test: () => unknown): Verdict {
  try {
    const result = test()
    const isPromise = typeof result === 'object' && result !== null && 'then' in result
    if (isPromise) return { error: new TypeError('the condition of until gave a promise: it must answer at once') }
    return { holds: Boolean(result) }
  } catch (error) {
    return { error }
  }
}
