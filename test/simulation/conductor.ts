/**
 * One run of a program: the real rules of the execution, the SDK's real replay, and between them the order of events and
 * the edges of activations, as a test decides them.
 */
import { eventText } from '../../engine/execution/log-event.ts'
import type { Parcel } from '../../engine/execution/parcel.ts'
import { PayloadText } from '../../engine/intake/payload-text.ts'
import { commandsOf } from '../../engine/intake/work-commands.ts'
import type { Command } from '../../schemas/commands.ts'
import type { HistoryEvent } from '../../schemas/events.ts'
import { limits } from '../../schemas/limits.ts'
import type { OperationOutcome, Recorded } from '../../sdk/replay/operations.ts'
import { type ActivationAnswer, WorkflowRun } from '../../sdk/replay/workflow-run.ts'
import { Specimen } from '../engine/execution/specimen.ts'
import { interpreter, type Program } from './program.ts'

/** What happens outside: a task ends, a timer fires. */
export type Happening = string

export class Conductor {
  readonly specimen = new Specimen()
  readonly commands: Command[] = []
  readonly blocks = new Map<number, Command[]>()
  #run = this.#fresh()

  constructor(program: Program) {
    this.specimen.start({ kind: interpreter.name, input: JSON.stringify(program) })
  }

  #fresh(): WorkflowRun {
    return new WorkflowRun(interpreter, { executionId: 'x', run: 1 })
  }

  get isClosed(): boolean {
    return this.specimen.run.closed !== undefined
  }

  history(until = Number.POSITIVE_INFINITY): HistoryEvent[] {
    return this.specimen.log.flatMap(({ sequence, type, at, data, payload }) =>
      sequence > until
        ? []
        : [JSON.parse(eventText({ sequence, type, at, data: JSON.stringify(data), payload: payload ?? null })) as HistoryEvent],
    )
  }

  /** What could happen now. */
  possible(): Happening[] {
    return [...this.specimen.run.tasks.keys(), ...this.specimen.run.timers.keys()]
  }

  happen(happening: Happening): void {
    if (happening.startsWith('timer-')) {
      this.specimen.turn((draft) => draft.append('TIMER_FIRED', { timerId: happening }))
      return
    }
    const task = this.specimen.run.tasks.get(happening)
    if (task === undefined) throw new Error(`${happening} is not open`)
    if (task.kind === 'failing') this.specimen.fail({ id: happening, attempt: 1 }, { nonRetryable: true })
    else this.specimen.complete({ id: happening, attempt: 1 }, JSON.stringify(`done ${happening}`))
  }

  get wantsActivation(): boolean {
    return this.specimen.run.activation !== undefined
  }

  /** Hands out an activation, and takes its answer; `during` happens between the two. A forgotten run is replayed. */
  async activate(during: Happening[] = [], forget = false): Promise<void> {
    const parcel = this.specimen.activate()
    if (forget) this.#run = this.#fresh()
    const input = {
      from: 0,
      events: this.history(),
      snapshotSequence: parcel.issued.snapshotSequence,
      activationAt: parcel.issued.activationAt,
    }
    const working = this.#run.advance(input, { report: (outcome) => this.#record(parcel, outcome) })
    for (const happening of during) this.happen(happening)
    this.#take(parcel, await working)
  }

  async #record(parcel: Parcel, { operationId, name, output, failure }: OperationOutcome): Promise<Recorded> {
    const from = this.specimen.log.length
    const text = output === undefined ? {} : { output: JSON.stringify(output) }
    const failed =
      failure === undefined ? {} : { failure: { type: failure.type, message: failure.message, text: JSON.stringify(failure) } }
    this.specimen.say({ type: 'operation', run: 1, id: operationId, attempt: parcel.attempt, name, ...text, ...failed })
    const seen = this.#run.position
    return {
      status: 'recorded',
      from: Math.min(from, seen),
      events: this.history().slice(Math.min(from, seen)),
      lastSequence: this.specimen.log.length,
    }
  }

  #take(parcel: Parcel, answer: ActivationAnswer): void {
    const { snapshotSequence, commands, observed, operationsOut } = answer
    const before = this.specimen.log.length
    const said = this.specimen.answer(parcel, commandsOf(commands, new PayloadText(limits.payloadBytes), 'commands'), {
      snapshotSequence,
      observed,
      operationsOut,
    })
    if (!said.ok) throw new Error(JSON.stringify(said))
    this.commands.push(...commands)
    // An idle answer has no block.
    const { length } = this.specimen.log
    if (length > before) this.blocks.set(length, commands)
  }
}
