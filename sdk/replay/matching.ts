/**
 * The calls of the code against those in the log: the n-th of a type meets the n-th of that type.
 *
 * 1. A call that the log has, in the activation that is lived through or before it, makes no command.
 * 2. One that fits no event, or comes after its result has been passed over, is a DeterminismError: never a silent wait.
 * 3. Calls that newer code does not make any more are no error by themselves (a loop that ends earlier).
 */
import type { EventType, HistoryEvent } from '../../schemas/events.ts'
import { DeterminismError, type Mismatch } from '../failures/determinism-error.ts'
import { callSite } from './call-site.ts'
import type { Initiated, Numbered } from './initiated.ts'
import type { LogBook } from './log-book.ts'
import type { OpenCall } from './open-calls.ts'
import { type CountedType, wordOf } from './wording.ts'

/** The function that the author called. */
export type Callee = (...args: never[]) => unknown

export interface Asked {
  type: CountedType
  /** As in `wording`. */
  what: string
  /** Of a child: the id that the code chose, and whether the log's can be the one that is meant. */
  executionId?: { chosen: string | undefined; isFitting: (recorded: string, childId: string) => boolean }
}

/** `isNew` when it is not in the log yet. */
export interface Matched {
  id: string
  isNew: boolean
  recorded: Initiated | undefined
  /** The line of the call, where the log does not say yet whether it fits. */
  location: string | undefined
}

export class Matching {
  readonly #book: LogBook
  readonly #counts: Record<CountedType, number> = {
    task: 0,
    timer: 0,
    promise: 0,
    child: 0,
    operation: 0,
    external: 0,
    state: 0,
    attributes: 0,
  }
  /** Results that came before the code made their call. */
  readonly #passed = new Map<string, { sequence: number; eventType: EventType }>()

  constructor(book: LogBook) {
    this.#book = book
  }

  get made(): Numbered {
    return { state: this.#counts.state, attributes: this.#counts.attributes }
  }

  /** A result that nothing waits for: of a call that has ended, or that the code has not made. */
  passOver(id: string, event: HistoryEvent): void {
    const [type] = id.split('-')
    if (type === undefined || !isCounted(type) || indexOf(id) <= this.#counts[type]) return
    this.#passed.set(id, { sequence: event.sequence, eventType: event.type })
  }

  /** @param blockEnd calls must be in the log up to there; infinite for the activation that is answered now */
  match(asked: Asked, blockEnd: number, callee: Callee): Matched | DeterminismError {
    const { type, what, executionId } = asked
    const index = this.#counts[type] + 1
    const id = `${type}-${index}`
    const recorded = this.#book.initiated(id)
    const isLive = blockEnd === Number.POSITIVE_INFINITY
    const isKnown = recorded !== undefined && (isSeenLater(type) || recorded.sequence <= blockEnd)
    const unfit = (expected: string, cause: string, actual = what) =>
      mismatch({ index, expected, actual }, cause, callSite(callee))
    if (isKnown && recorded.what !== what) return unfit(shown(recorded), this.#whyOther(asked, recorded, index, blockEnd))
    if (isKnown && executionId?.isFitting(recorded.executionId ?? '', id) === false) {
      const chosen = executionId.chosen === undefined ? 'no id of its own' : `the id ${JSON.stringify(executionId.chosen)}`
      const expected = shown(recorded, ` with the id ${JSON.stringify(recorded.executionId)}`)
      return unfit(expected, 'The id that the code chooses for it has changed', `${what} with ${chosen}`)
    }
    const passed =
      this.#passed.get(id) ?? (type === 'external' && isKnown && recorded.sequence <= blockEnd ? recorded : undefined)
    if (passed !== undefined) {
      const expected = `${what} before event ${passed.sequence} (${passed.eventType}), which is its end`
      return unfit(expected, 'The call was moved behind something that took longer', `${what} after it`)
    }
    if (!isKnown && !isLive && !isSeenLater(type)) {
      const expected = `no further ${wordOf[type]} in the activation that ends with event ${blockEnd}`
      return unfit(expected, cameTooEarly)
    }
    this.#counts[type] = index
    const isNew = type === 'external' ? isLive : !isKnown
    return { id, isNew, recorded, location: isLive || isKnown ? undefined : callSite(callee) }
  }

  /** The log may have the name of a call only with its result. */
  check({ id, what, location }: OpenCall): DeterminismError | undefined {
    const recorded = this.#book.initiated(id)
    if (recorded === undefined || recorded.what === what) return undefined
    return mismatch({ index: indexOf(id), expected: shown(recorded), actual: what }, whyOther(what, recorded), location)
  }

  /** Only what had been asked for until then is looked at: a kept run knows no more. */
  #whyOther({ type, what }: Asked, recorded: Initiated, index: number, blockEnd: number): string {
    const next = this.#book.initiated(`${type}-${index + 1}`)
    const isNext = next?.what === what && next.sequence <= blockEnd && !isSeenLater(type)
    return isNext ? `${recorded.what} was removed, or moved behind ${what}` : whyOther(what, recorded)
  }
}

const advice = 'runs that have begun need the code that they began with, or code that does the same up to here'
const cameTooEarly =
  'A call was added or has another type than before, or something that was awaited before it is no longer awaited'
const whyOther = (what: string, recorded: Initiated): string =>
  `${recorded.what} was renamed, removed or moved, or ${what} was added before it`

function mismatch(found: Mismatch, cause: string, location: string | undefined): DeterminismError {
  return new DeterminismError({ ...found, hint: `${cause}: ${advice}`, ...(location !== undefined && { location }) })
}

/** A call that an activation of the log had not made. */
export function neverAsked({ id, what, location }: OpenCall, type: CountedType, closedAt: number): DeterminismError {
  const expected = `no further ${wordOf[type]} in the activation that ends with event ${closedAt}`
  return mismatch({ index: indexOf(id), expected, actual: what }, cameTooEarly, location)
}

const indexOf = (id: string): number => Number(id.slice(id.indexOf('-') + 1))

/** What is in the log of such a call comes after the activation that made it. */
export const isSeenLater = (type: CountedType): boolean => type === 'operation' || type === 'external'

const isCounted = (type: string): type is CountedType => Object.hasOwn(wordOf, type)

const shown = ({ what, eventType, sequence }: Initiated, more = ''): string => `${what}${more} (${eventType}, event ${sequence})`
