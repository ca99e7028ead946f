/** Drives a workflow over a log: kept in memory from one activation to the next, or cold each time. */
import type { Command } from '../../../schemas/commands.ts'
import type { Json } from '../../../schemas/values.ts'
import type { AnyWorkflow } from '../../../sdk/definition/workflow.ts'
import { type ActivationAnswer, WorkflowRun } from '../../../sdk/replay/workflow-run.ts'
import { decode } from '../../../sdk/values/decode.ts'
import { Log } from './log.ts'

export class Driver {
  readonly log: Log
  readonly answers: ActivationAnswer[] = []
  readonly #definition: AnyWorkflow
  readonly #isKept: boolean
  #run: WorkflowRun | undefined

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
    this.log.take(answer)
    return answer
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
    return 'open'
  }
}
