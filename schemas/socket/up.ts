/** Messages from a worker to its queue. */
import { z } from 'zod'
import { executionId, kind, name, run, token, workerId } from '../identity.ts'

const credit = z.number().int().min(0).max(10_000)
const kinds = z.array(kind).max(1_000)

/** What a worker already holds when it connects. */
export const inFlightItem = z.strictObject({ executionId, run, id: z.string().min(1).max(200), token })
export type InFlightItem = z.infer<typeof inFlightItem>

export const hello = z.strictObject({
  type: z.literal('hello'),
  workerId,
  build: name.optional(),
  sdk: z.string().max(100),
  workflows: kinds,
  tasks: kinds,
  /** The first grant of credit. */
  slots: z.strictObject({ workflow: credit, task: credit }),
  inFlight: z.array(inFlightItem).max(20_000),
})

/** Adds to the credit. */
export const slots = z.strictObject({ type: z.literal('slots'), workflow: credit, task: credit })

/** Answers `check`: which of the named tokens this worker holds. */
export const holding = z.strictObject({ type: z.literal('holding'), tokens: z.array(token).max(20_000) })

/** No new work, please: what is held is finished, then the worker leaves. */
export const drain = z.strictObject({ type: z.literal('drain') })

export const up = z.discriminatedUnion('type', [hello, slots, holding, drain])
export type Up = z.infer<typeof up>
