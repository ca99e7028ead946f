/** Finding executions: what a list shows of each, how it is asked for, how it is cut into pages. */
import { z } from 'zod'
import { attributes } from './events.ts'
import { runProblem } from './executions.ts'
import { executionId, kind, queueName, run, sequence } from './identity.ts'
import { parent } from './parent.ts'
import { queryLimits } from './query.ts'
import { executionStatus } from './statuses.ts'
import { instant } from './values.ts'

/** One execution in a list. It may be a second behind the execution itself. */
export const executionSummary = z.object({
  id: executionId,
  run,
  kind,
  queue: queueName,
  status: executionStatus,
  createdAt: instant,
  startedAt: instant,
  closedAt: instant.optional(),
  parent: parent.optional(),
  attributes,
  problem: runProblem.pick({ type: true, message: true, since: true }).optional(),
})
export type ExecutionSummary = z.infer<typeof executionSummary>

export const executionPage = z.object({ items: z.array(executionSummary), nextCursor: z.string().optional() })
export type ExecutionPage = z.infer<typeof executionPage>
export const executionCount = z.object({ count: z.number().int() })

export const order = z.enum(['newest', 'oldest'])
export type Order = z.infer<typeof order>

export const listLimits = { page: 1_000, defaultPage: 100, filterValues: 100 } as const

/** Given once or several times. */
const several = <Schema extends z.ZodType<string, string>>(schema: Schema) =>
  z
    .union([schema.transform((value) => [value]), z.array(schema).max(listLimits.filterValues)])
    .meta({ type: 'array', description: 'May be given several times: any of them' })

const isoInstant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/

/** Epoch milliseconds, or ISO 8601; a date alone is its midnight in UTC. Undefined when it is neither. */
export function readInstant(text: string): number | undefined {
  const at = /^\d{1,16}$/.test(text) ? Number(text) : isoInstant.test(text) ? Date.parse(text) : Number.NaN
  return instant.safeParse(at).success ? at : undefined
}

const instantText = z.string().transform((text, context) => {
  const at = readInstant(text)
  if (at !== undefined) return at
  context.addIssue({ code: 'custom', message: 'a time is epoch milliseconds, a date, or a date and time with its zone' })
  return z.NEVER
})

export const filters = z.strictObject({
  status: several(executionStatus).optional(),
  kind: several(kind).optional(),
  queue: several(queueName).optional(),
  /** Children of this execution. */
  parent: executionId.optional(),
  /** At this time or after it. */
  startedAfter: instantText.optional(),
  /** Before this time. */
  startedBefore: instantText.optional(),
  query: z.string().max(queryLimits.characters, `a query has at most ${queryLimits.characters} characters`).optional(),
})
export type Filters = z.infer<typeof filters>

const page = z
  .string()
  .regex(/^\d{1,4}$/, `a limit is a number from 1 to ${listLimits.page}`)
  .transform(Number)
  .pipe(z.number().int().min(1).max(listLimits.page))

export const listQuery = filters.extend({
  order: order.optional(),
  limit: page.optional(),
  cursor: z.string().max(500).optional(),
})

export const runSummary = z.object({
  run,
  status: executionStatus,
  startedAt: instant,
  closedAt: instant.optional(),
  lastSequence: sequence,
})
export type RunSummary = z.infer<typeof runSummary>
export const runList = z.object({ items: z.array(runSummary) })
