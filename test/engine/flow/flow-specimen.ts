/** A run of a flow over memory: the real rules, workers that the test plays, and definitions as they are after checking. */
import type { FlowAction, FlowDefinition, FlowEdge, FlowItems, FlowJoin, FlowTask } from '../../../engine/flow/definition.ts'
import type { FlowState } from '../../../engine/flow/state.ts'
import type { EventOf, EventType } from '../../../schemas/events.ts'
import type { Json } from '../../../schemas/values.ts'
import { Specimen } from '../execution/specimen.ts'

type TaskAction = Extract<FlowAction, { type: 'task' }>

export interface TaskSketch extends Partial<Omit<TaskAction, 'type'>> {
  action?: FlowAction
  items?: Partial<FlowItems>
  join?: Partial<FlowJoin> | 'all'
  exclusive?: boolean
  next?: Partial<FlowEdge>[]
}

export interface Sketch extends Partial<Omit<FlowDefinition, 'tasks'>> {
  tasks: Record<string, TaskSketch>
}

export function flowOf({ tasks, ...rest }: Sketch): FlowDefinition {
  const names = Object.keys(tasks)
  const sourcesOf = (target: string) => names.filter((name) => tasks[name]?.next?.some((edge) => edge.do?.includes(target)))
  const onCancel = rest.onCancel ?? []
  return {
    name: 'sketch',
    vars: {},
    cancellation: 'cancel_running',
    maxSteps: 1_000,
    start: names.filter((name) => sourcesOf(name).length === 0 && !onCancel.includes(name)),
    ...rest,
    onCancel,
    tasks: names.map((name): FlowTask => {
      const { action, items, join, exclusive = false, next = [], ...task } = tasks[name] ?? {}
      const sources = sourcesOf(name)
      const joined = join === 'all' ? { need: sources.length } : join
      return {
        name,
        action: action ?? { type: 'task', kind: name, priority: 0, retry: { maximumAttempts: 1 }, ...task },
        ...(items !== undefined && {
          items: { in: [], as: 'item', onItemFailure: 'drain', tolerate: {}, batchSize: 1, concurrency: 1, ...items },
        }),
        ...(joined !== undefined && { join: { need: sources.length, onUnreachable: 'fail', ...joined } }),
        exclusive,
        next: next.map((edge) => ({ publish: {}, do: [], ...edge })),
        sources,
      }
    }),
  }
}

export interface Out {
  id: string
  attempt: number
  task: string
  visit: number
  index: number | undefined
  key: string | undefined
  input: Json | undefined
}

export class FlowSpecimen extends Specimen {
  begin(sketch: Sketch, input?: Json, more: object = {}): this {
    this.start({
      kind: 'flow:sketch',
      flow: { name: 'sketch', version: 1, hash: 'h', definition: JSON.stringify(flowOf(sketch)) },
      ...(input !== undefined && { input: JSON.stringify(input) }),
      ...more,
    })
    return this
  }

  get flow(): FlowState {
    const { flow } = this.run
    if (flow === undefined) throw new Error('not a flow')
    return flow
  }

  get status(): string | undefined {
    return this.run.closed?.status
  }

  /** Tasks that a worker could have now, in the order of the log. */
  out(task?: string): Out[] {
    if (this.status !== undefined) return []
    const open = this.log.flatMap((event) => (event.type === 'TASK_SCHEDULED' && event.run === this.run.number ? [event] : []))
    return open.flatMap(({ data, payload }) => {
      const { taskId: id, flow: place } = data
      const attempt = this.run.tasks.get(id)?.attempt
      if (attempt === undefined || place === undefined || (task !== undefined && place.task !== task)) return []
      const input = payload === undefined ? undefined : (JSON.parse(payload) as Json)
      return [{ id, attempt, task: place.task, visit: place.visit, index: place.index, key: place.key, input }]
    })
  }

  done(out: Out, output: Json = null) {
    return this.complete(out, JSON.stringify(output))
  }

  /** Completes whatever goes out until nothing does. */
  drain(outputOf: (out: Out) => Json = () => null): this {
    for (let rest = this.out(); rest.length > 0; rest = this.out()) for (const each of rest) this.done(each, outputOf(each))
    return this
  }

  data<Type extends EventType>(type: Type): EventOf<Type>['data'][] {
    return this.log.flatMap((event) => (event.type === type ? [event.data as EventOf<Type>['data']] : []))
  }

  get output(): Json | undefined {
    const last = this.log.at(-1)
    return last?.type === 'WORKFLOW_COMPLETED' && last.payload !== undefined ? (JSON.parse(last.payload) as Json) : undefined
  }

  get failure(): { type: string; message: string; cause?: { type: string } } | undefined {
    const last = this.log.at(-1)
    return last?.type === 'WORKFLOW_FAILED' && last.payload !== undefined ? JSON.parse(last.payload) : undefined
  }

  /** Outcomes in the order of the log, as `task#visit outcome`. */
  outcomes(): string[] {
    return this.data('FLOW_TASK_CLOSED').map(({ task, visit, outcome }) => `${task}#${visit} ${outcome}`)
  }
}
