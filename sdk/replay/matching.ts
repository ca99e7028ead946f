/**
 * The calls of the code against those in the log: the n-th of a type meets the n-th of that type.
 *
 * 1. A call that the log has, in the activation that is lived through or before it, makes no command.
 * 2. One that fits no event, or comes after its result has been passed over, is a DeterminismError: never a silent wait.
 * 3. Calls that newer code does not make any more are no error by themselves (a loop that ends earlier).
 */
import type { HistoryEvent } from '../../schemas/events.ts'
import { DeterminismError } from '../failures/determinism-error.ts'
import { callSite } from './call-site.ts'
import type { Initiated, Numbered } from './initiated.ts'
import type { LogBook } from './log-book.ts'
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
}

export const advice = 'runs that have begun need the code that they began with, or code that does the same up to here'

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
  readonly #passed = new Map<string, HistoryEvent>()

  constructor(book: LogBook) {
    this.#book = book
  }

  get made(): Numbered {
    return { state: this.#counts.state, attributes: this.#counts.attributes }
  }

  /** A result that nothing waits for: of a call that has ended, or that the code has not made. */
  passOver(id: string, event: HistoryEvent): void {
    const [type, index] = id.split('-')
    if (type === undefined || !isCounted(type) || Number(index) <= this.#counts[type]) return
    this.#passed.set(id, event)
  }

  /** @param blockEnd calls must be in the log up to there; infinite for the activation that is answered now */
  match(asked: Asked, blockEnd: number, callee: Callee): Matched | DeterminismError {
    const { type } = asked
    const index = this.#counts[type] + 1
    const id = `${type}-${index}`
    const recorded = this.#book.initiated(id)
    const isKnown = recorded !== undefined && (isSeenLater(type) || recorded.sequence <= blockEnd)
    const mismatch = (expected: string, cause: string, actual = asked.what): DeterminismError => {
      const location = callSite(callee)
      return new DeterminismError({
        index,
        expected,
        actual,
        hint: `${cause}: ${advice}`,
        ...(location !== undefined && { location }),
      })
    }
    if (isKnown && recorded.what !== asked.what) return mismatch(shown(recorded), this.#likelyCause(asked, recorded, index))
    if (isKnown && asked.executionId?.isFitting(recorded.executionId ?? '', id) === false) {
      return mismatch(
        shown(recorded, ` with id ${JSON.stringify(recorded.executionId)}`),
        'The id that the code chose for it has changed',
        `${asked.what} with ${asked.executionId.chosen === undefined ? 'an id of its own' : `id ${JSON.stringify(asked.executionId.chosen)}`}`,
      )
    }
    const passed = this.#passed.get(id)
    if (passed !== undefined || (type === 'external' && isKnown && recorded.sequence <= blockEnd)) {
      const over = passed === undefined ? recorded : { eventType: passed.type, sequence: passed.sequence }
      const before = `${asked.what}, called before its end (${over?.eventType}, event ${over?.sequence})`
      return mismatch(before, 'The call was moved behind something that ended later', `${asked.what}, called after it`)
    }
    const isLive = blockEnd === Number.POSITIVE_INFINITY
    if (!isKnown && !isLive && !isSeenLater(type)) {
      const expected = `no further ${wordOf[type]} in the activation that ends with event ${blockEnd}`
      return mismatch(expected, this.#whyTooEarly(recorded))
    }
    this.#counts[type] = index
    return { id, isNew: type === 'external' ? isLive : !isKnown, recorded }
  }

  #likelyCause({ type, what }: Asked, recorded: Initiated, index: number): string {
    const next = this.#book.initiated(`${type}-${index + 1}`)
    if (next?.what === what) return `${recorded.what} was removed, or moved behind ${what}`
    return `${recorded.what} was renamed or removed, or ${what} was added before it`
  }

  #whyTooEarly(recorded: Initiated | undefined): string {
    if (recorded === undefined) return 'A call was added before what had already run, or has another type than before'
    return `Something that was awaited before ${recorded.what} (event ${recorded.sequence}) was removed or moved, or a call was added`
  }
}

/** What is in the log of such a call comes after the activation that made it. */
const isSeenLater = (type: CountedType): boolean => type === 'operation' || type === 'external'

const isCounted = (type: string): type is CountedType => Object.hasOwn(wordOf, type)

const shown = ({ what, eventType, sequence }: Initiated, more = ''): string => `${what}${more} (${eventType}, event ${sequence})`
