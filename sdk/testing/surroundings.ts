/** What the objects of an environment find around them. */
import type { Clockwork } from './clockwork.ts'
import type { ExecutionObject } from './execution-object.ts'
import type { FaultPlan } from './faults.ts'
import type { FlowShelf } from './flow-shelf.ts'
import type { QueueObject } from './queue-object.ts'
import type { Timeline } from './timeline.ts'

export interface Surroundings {
  readonly timeline: Timeline
  readonly clockwork: Clockwork
  readonly faults: FaultPlan
  readonly flows: FlowShelf
  /** The execution of this id, whether or not it was started. */
  execution(executionId: string): ExecutionObject
  /** The queue of this name, with a worker at it. */
  queue(name: string): QueueObject
}
