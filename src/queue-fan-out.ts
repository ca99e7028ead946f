/** Asks every partition of some queues, a few at a time: a request may reach only so many objects at once. */
import type { Env } from '../durable/env.ts'
import type { QueuePort } from '../durable/ports.ts'
import { queueStub } from '../durable/stubs.ts'
import { type Organisation, partitionsOf } from '../engine/organisation/organisation.ts'

const atOnce = 32

/** The answers, in the order of queues and partitions. */
export async function onEveryPartition<Value>(
  env: Env,
  organisation: Organisation,
  queues: readonly string[],
  ask: (queue: QueuePort) => Promise<Value>,
): Promise<{ queue: string; value: Value }[]> {
  const places = queues.flatMap((queue) =>
    Array.from({ length: partitionsOf(organisation, queue) }, (_, partition) => ({ queue, partition })),
  )
  const answers: { queue: string; value: Value }[] = []
  for (let from = 0; from < places.length; from += atOnce) {
    const batch = places.slice(from, from + atOnce).map(async ({ queue, partition }) => ({
      queue,
      value: await ask(queueStub(env, organisation.org, queue, partition)),
    }))
    answers.push(...(await Promise.all(batch)))
  }
  return answers
}
