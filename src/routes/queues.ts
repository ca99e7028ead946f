/** What waits in queues, and who is connected to them. */
import { organisationOf } from '../../durable/settings-cache.ts'
import type { Organisation } from '../../engine/organisation/organisation.ts'
import { queueName } from '../../schemas/identity.ts'
import { type QueueSummary, queueList, queueSummary, type WorkerSummary, workerList } from '../../schemas/queues.ts'
import type { AppContext } from '../app-env.ts'
import { guarded, json, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'
import { onEveryPartition } from '../queue-fan-out.ts'

const list = guarded(
  { access: 'queues' },
  {
    method: 'get',
    path: '/queues',
    operationId: 'listQueues',
    tags: ['Queues'],
    summary: 'Every queue that was used, with its backlog',
    request: { params: orgParam },
    responses: { 200: json(queueList, 'The queues') },
  },
)

const one = guarded(
  { access: 'queues' },
  {
    method: 'get',
    path: '/queues/{queue}',
    operationId: 'describeQueue',
    tags: ['Queues'],
    summary: 'The backlog of a queue by kind',
    request: { params: orgParam.extend({ queue: queueName }) },
    responses: { 200: json(queueSummary, 'The queue') },
  },
)

const workers = guarded(
  { access: 'queues' },
  {
    method: 'get',
    path: '/workers',
    operationId: 'listWorkers',
    tags: ['Queues'],
    summary: 'The connected workers and what they hold',
    request: { params: orgParam },
    responses: { 200: json(workerList, 'The workers') },
  },
)

export const queueRoutes = routes()
  .openapi(list, async (c) => {
    const organisation = await present(c)
    return c.json({ items: await summaries(c, organisation, organisation.queues) }, 200)
  })
  .openapi(one, async (c) => {
    const { queue } = c.req.valid('param')
    const organisation = await present(c)
    if (!organisation.queues.includes(queue)) return refuse(c, { code: 'not_found', message: `no queue ${queue} was ever used` })
    const [summary = { queue, backlog: [], workers: 0 }] = await summaries(c, organisation, [queue])
    return c.json(summary, 200)
  })
  .openapi(workers, async (c) => {
    const organisation = await present(c)
    const answers = await onEveryPartition(c.env, organisation, organisation.queues, (queue) => queue.workers())
    return c.json({ items: answers.flatMap(({ value }) => value) }, 200)
  })

/** A queue may have been used for the first time a moment ago, in another isolate. */
const present = async (c: AppContext): Promise<Organisation> =>
  (await organisationOf(c.env, c.get('organisation').org, 250)) ?? c.get('organisation')

async function summaries(c: AppContext, organisation: Organisation, queues: readonly string[]): Promise<QueueSummary[]> {
  const answers = await onEveryPartition(c.env, organisation, queues, async (queue) => {
    const [summary, connected] = await Promise.all([queue.describe(), queue.workers()])
    return { summary, connected }
  })
  const partitions = Map.groupBy(answers, ({ queue }) => queue)
  return [...partitions].map(([queue, parts]) => ({
    queue,
    backlog: joinBacklogs(parts.map(({ value }) => value.summary)),
    workers: distinctWorkers(parts.flatMap(({ value }) => value.connected)),
  }))
}

function joinBacklogs(summaries: QueueSummary[]): QueueSummary['backlog'] {
  const byKind = new Map<string, QueueSummary['backlog'][number]>()
  for (const entry of summaries.flatMap(({ backlog }) => backlog)) {
    const { count, oldestAt } = byKind.get(entry.kind) ?? { count: 0, oldestAt: entry.oldestAt }
    byKind.set(entry.kind, { kind: entry.kind, count: count + entry.count, oldestAt: Math.min(oldestAt, entry.oldestAt) })
  }
  return [...byKind.values()]
}

/** A worker has one socket for each partition, and is one worker. */
const distinctWorkers = (connected: WorkerSummary[]): number => new Set(connected.map(({ workerId }) => workerId)).size
