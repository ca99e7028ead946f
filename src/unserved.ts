/** Which kinds of work wait in queues where no connected worker takes them. */
import type { Env } from '../durable/env.ts'
import type { Unserved } from '../engine/index/summary.ts'
import { type Organisation, partitionsOf } from '../engine/organisation/organisation.ts'
import { onEveryPartition } from './queue-fan-out.ts'

export async function unservedKinds(env: Env, organisation: Organisation): Promise<Unserved[]> {
  const answers = await onEveryPartition(env, organisation, organisation.queues, (queue) => queue.unserved())
  return answers.flatMap(({ queue, value }) =>
    value.map((unserved) => ({ ...unserved, partitions: partitionsOf(organisation, queue) })),
  )
}
