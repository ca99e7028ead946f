/**
 * Turns of an execution: what arrived is decided one after another on the evolving state, then committed in one
 * transaction, then answered.
 *
 * 1. A rule that throws is refused alone: the state is read anew and the others are decided again.
 * 2. A failed transaction fails all its callers, and the state is read anew.
 * 3. What follows in a flow from what was decided is decided in the same turn.
 */
import { alarmAfterFailure, alarmFor } from '../../engine/alarm.ts'
import { Draft } from '../../engine/execution/draft.ts'
import { nextDutyAt } from '../../engine/execution/due.ts'
import type { ExecutionState } from '../../engine/execution/state.ts'
import { followFlow } from '../../engine/flow/advance.ts'
import { Mailbox } from '../mailbox.ts'
import { ExecutionStore } from './store.ts'

interface Posted {
  /** Decides; `answer` then says what. */
  rule: (draft: Draft) => void
  answer: () => void
  fail: (error: unknown) => void
}

export interface TurnHooks {
  /** The execution's id. */
  readonly name: string
  /** When the alarm must fire for more than the rules know. Epoch ms. */
  dutyAt(draft: Draft): number | undefined
  /** Runs once each turn is committed and answered. */
  after(draft: Draft): void
}

export class Turns {
  readonly #storage: DurableObjectStorage
  readonly #mailbox = new Mailbox<Posted>((batch) => this.#drain(batch))
  readonly #hooks: TurnHooks
  #store: ExecutionStore
  #state: ExecutionState
  #alarmAt: number | undefined

  constructor(storage: DurableObjectStorage, hooks: TurnHooks) {
    this.#storage = storage
    this.#hooks = hooks
    this.#store = new ExecutionStore(storage)
    this.#state = this.#store.load(Date.now(), hooks.name)
  }

  get state(): ExecutionState {
    return this.#state
  }

  get store(): ExecutionStore {
    return this.#store
  }

  /** To be called before anything else when the object starts: an alarm that is set must not be moved to be later. */
  async start(): Promise<void> {
    this.#alarmAt = (await this.#storage.getAlarm()) ?? undefined
  }

  get hasAlarm(): boolean {
    return this.#alarmAt !== undefined
  }

  /** The platform's alarm is gone: it has just fired. */
  alarmFired(): void {
    this.#alarmAt = undefined
  }

  /** Everything goes, also the alarm. What is asked from now on meets an execution that does not exist. */
  wipe(): void {
    void this.#storage.deleteAlarm()
    void this.#storage.deleteAll()
    this.#reload(Date.now())
  }

  /** What was written is on disk. */
  written(): Promise<void> {
    return this.#storage.sync()
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
    const draft = new Draft(this.#state, now, this.#store)
    for (const posted of batch) {
      try {
        posted.rule(draft)
        followFlow(draft)
      } catch (error) {
        this.#recover(now)
        posted.fail(error)
        const others = batch.filter((each) => each !== posted)
        return others.length > 0 ? this.#drain(others) : undefined
      }
    }
    let written = false
    try {
      written = this.#commit(draft)
    } catch (error) {
      this.#recover(now)
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
    this.#hooks.after(draft)
    this.#store.events.forgetFresh()
    return written ? this.#storage.sync() : undefined
  }

  /** Whether there was anything to write. */
  #commit(draft: Draft): boolean {
    const { idempotency } = draft
    const dutyAt = earlier(nextDutyAt(this.#state, draft.now), this.#hooks.dutyAt(draft))
    const alarmAt = alarmFor(this.#alarmAt, dutyAt, draft.now)
    if (draft.changes.length === 0 && idempotency.length === 0 && alarmAt === undefined) return false
    const turn = { changes: draft.changes, idempotency, now: draft.now, ...(alarmAt !== undefined && { alarmAt }) }
    this.#store.commit(turn, this.#state)
    if (alarmAt !== undefined) this.#alarmAt = alarmAt
    return true
  }

  /** After a failure. Where the alarm cannot be set either, it is left to whoever asks next. */
  #recover(now: number): void {
    const alarmAt = alarmAfterFailure(this.#alarmAt, now)
    this.#reload(now)
    this.#alarmAt = alarmAt
    this.#storage.setAlarm(alarmAt).catch(() => undefined)
  }

  #reload(now: number): void {
    this.#store = new ExecutionStore(this.#storage)
    this.#state = this.#store.load(now, this.#hooks.name)
    this.#alarmAt = undefined
  }
}

const earlier = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
