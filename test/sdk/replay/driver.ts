/** Drives a workflow over a log: kept in memory from one activation to the next, or cold each time. */
import assert from 'node:assert/strict'
import type { Command } from '../../../schemas/commands.ts'
import type { Json } from '../../../schemas/values.ts'
import type { AnyWorkflow } from '../../../sdk/definition/workflow.ts'
import { recomputeBlocks } from '../../../sdk/replay/replay-check.ts'
import { type ActivationAnswer, WorkflowRun } from '../../../sdk/replay/workflow-run.ts'
import { decode } from '../../../sdk/values/decode.ts'
import { Log } from './log.ts'

export class Driver {
  readonly log: Log
  readonly answers: ActivationAnswer[] = []
  readonly #definition: AnyWorkflow
  readonly #isKept: boolean
  #run: WorkflowRun | undefined
  /** Commands of the activations that are in the log, by the event that closed each. */
  readonly #blocks: { sequence: number; commands: Command[] }[] = []

  constructor(
    definition: AnyWorkflow,
    { isKept = true, log = new Log(), input }: { isKept?: boolean; log?: Log; input?: Json } = {},
  ) {
    this.#definition = definition
    this.#isKept = isKept
    this.log = input === undefined ? log : new Log(definition.name, input)
  }

  /** One activation over all that the log has now. */
  async activate(): Promise<ActivationAnswer> {
    this.log.clock += 1
    const snapshotSequence = this.log.end
    const from = this.#run?.position ?? 0
    const run = this.#run ?? new WorkflowRun(this.#definition, { executionId: 'execution-1', run: 1 })
    const activation = {
      from,
      events: this.log.events.slice(from, snapshotSequence),
      snapshotSequence,
      activationAt: this.log.clock,
    }
    const answer = await run.advance(activation, this.log.reports)
    this.#run = this.#isKept ? run : undefined
    this.answers.push(answer)
    const before = this.log.end
    this.log.take(answer)
    if (this.log.end > before) this.#blocks.push({ sequence: this.log.closedAt, commands: answer.commands })
    return answer
  }

  /** A cold worker answers at each activation of the log with what its block was made of. */
  async agrees(): Promise<void> {
    assert.deepEqual(await recomputeBlocks(this.#definition, this.log.events), this.#blocks)
  }

  /** The next activation begins from the first event. */
  forget(): void {
    this.#run?.drop()
    this.#run = undefined
  }

  get commands(): Command[] {
    return this.answers.flatMap(({ commands }) => commands)
  }

  /** What the workflow returned, or the failure that it ended with. */
  get result(): unknown {
    const last = this.log.events.at(-1)
    if (last?.type === 'WORKFLOW_COMPLETED') return decode(last.data.output)
    if (last?.type === 'WORKFLOW_FAILED') return last.data.failure
    if (last?.type === 'WORKFLOW_CANCELLED') return { cancelled: last.data.reason }
    return 'open'
  }
}
