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
import { happen, possible } from './happenings.ts'
import { interpreter } from './interpreter.ts'
import type { Program } from './program.ts'

export class Conductor {
  readonly specimen = new Specimen()
  readonly commands: Command[] = []
  readonly blocks = new Map<number, Command[]>()
  #run = this.#fresh()
  readonly #history: HistoryEvent[] = []

  constructor(program: Program) {
    this.specimen.start({ kind: interpreter.name, input: JSON.stringify(program) })
  }

  #fresh(): WorkflowRun {
    return new WorkflowRun(interpreter, { executionId: 'x', run: 1 })
  }

  get isClosed(): boolean {
    return this.specimen.run.closed !== undefined
  }

  history(): readonly HistoryEvent[] {
    for (const { sequence, type, at, data, payload } of this.specimen.log.slice(this.#history.length)) {
      const text = eventText({ sequence, type, at, data: JSON.stringify(data), payload: payload ?? null })
      this.#history.push(JSON.parse(text) as HistoryEvent)
    }
    return this.#history
  }

  /** What could happen now, see `happenings.ts`. */
  possible(): string[] {
    return possible(this.specimen)
  }

  happen(happening: string): void {
    happen(this.specimen, happening)
  }

  get wantsActivation(): boolean {
    return this.specimen.run.activation !== undefined
  }

  /** Hands out an activation, and takes its answer; `during` happens between the two. A forgotten run is replayed. */
  async activate(during: string[] = [], forget = false): Promise<void> {
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
    const { snapshotSequence, commands, observed, awaiting, operationsOut } = answer
    const before = this.specimen.log.length
    const said = this.specimen.answer(parcel, commandsOf(commands, new PayloadText(limits.payloadBytes), 'commands'), {
      snapshotSequence,
      observed,
      awaiting,
      operationsOut,
    })
    if (!said.ok) {
      if (said.refusal.code !== 'superseded') throw new Error(JSON.stringify(said))
      // A signal has come that it had not seen: the run in memory has ended, the log has not.
      this.#run = this.#fresh()
      return
    }
    this.commands.push(...commands)
    // An idle answer has no block.
    const { length } = this.specimen.log
    if (length > before) this.blocks.set(length, commands)
  }
}
