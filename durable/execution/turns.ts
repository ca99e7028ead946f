/**
 * Turns of an execution: what arrived is decided one after another on the evolving state, then committed in one
 * transaction, then answered.
 *
 * 1. A rule that throws is refused alone: the state is read anew and the others are decided again.
 * 2. A failed transaction fails all its callers, and the state is read anew.
 * 3. The alarm is never later than the earliest duty, and is moved only to be earlier (L8).
 */
import { Draft } from '../../engine/execution/draft.ts'
import { nextDutyAt } from '../../engine/execution/due.ts'
import type { ExecutionState } from '../../engine/execution/state.ts'
import { Mailbox } from '../mailbox.ts'
import { ExecutionStore } from './store.ts'

interface Posted {
  /** Decides; `answer` then says what. */
  rule: (draft: Draft) => void
  answer: () => void
  fail: (error: unknown) => void
}

export class Turns {
  readonly #storage: DurableObjectStorage
  readonly #mailbox = new Mailbox<Posted>((batch) => this.#drain(batch))
  readonly #after: (draft: Draft) => void
  #store: ExecutionStore
  #state: ExecutionState
  #alarmAt: number | undefined

  /** `after` runs once each turn is committed and answered. */
  constructor(storage: DurableObjectStorage, after: (draft: Draft) => void) {
    this.#storage = storage
    this.#after = after
    this.#store = new ExecutionStore(storage)
    this.#state = this.#store.load(Date.now())
  }

  get state(): ExecutionState {
    return this.#state
  }

  get store(): ExecutionStore {
    return this.#store
  }

  /** The platform's alarm is gone: it has just fired. */
  alarmFired(): void {
    this.#alarmAt = undefined
  }

  /** Takes its turn; resolves once what it decided is committed. `render` puts it into words in the same moment. */
  post<Value, Result>(rule: (draft: Draft) => Value, render: (value: Value) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      let decided: { value: Value } | undefined
      this.#mailbox.post({
        rule: (draft) => {
          decided = { value: rule(draft) }
        },
        answer: () => {
          if (decided !== undefined) resolve(render(decided.value))
        },
        fail: reject,
      })
    })
  }

  #drain(batch: Posted[]): Promise<void> | undefined {
    const now = Date.now()
    const draft = new Draft(this.#state, now)
    for (const posted of batch) {
      try {
        posted.rule(draft)
      } catch (error) {
        this.#reload(now)
        posted.fail(error)
        const others = batch.filter((each) => each !== posted)
        return others.length > 0 ? this.#drain(others) : undefined
      }
    }
    let written = false
    try {
      written = this.#commit(draft)
    } catch (error) {
      this.#reload(now)
      for (const posted of batch) posted.fail(error)
      return undefined
    }
    for (const posted of batch) {
      try {
        posted.answer()
      } catch (error) {
        posted.fail(error)
      }
    }
    this.#after(draft)
    return written ? this.#storage.sync() : undefined
  }

  /** Whether there was anything to write. */
  #commit(draft: Draft): boolean {
    const { idempotency } = draft
    const dutyAt = nextDutyAt(this.#state, draft.now)
    const moves = dutyAt !== undefined && (this.#alarmAt === undefined || this.#alarmAt > dutyAt)
    if (draft.changes.length === 0 && idempotency.length === 0 && !moves) return false
    const turn = { changes: draft.changes, idempotency, now: draft.now, ...(moves && { alarmAt: dutyAt }) }
    this.#store.commit(turn, this.#state)
    if (moves) this.#alarmAt = dutyAt
    return true
  }

  #reload(now: number): void {
    this.#store = new ExecutionStore(this.#storage)
    this.#state = this.#store.load(now)
    this.#alarmAt = undefined
  }
}
