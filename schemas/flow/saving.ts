/** Saving flows, and reading what was saved. */
import { z } from 'zod'
import { instant } from '../values.ts'
import { flowName, flowVersion } from './names.ts'

export const flowProblem = z.object({
  /** Keys from the top, joined by dots; empty for the whole file. */
  path: z.string(),
  line: z.number().int().min(1),
  column: z.number().int().min(1),
  message: z.string(),
})
export type FlowProblem = z.infer<typeof flowProblem>

export const flowValidation = z.object({ valid: z.boolean(), problems: z.array(flowProblem) })

export const savedFlow = z.object({ name: flowName, version: flowVersion, hash: z.string() })
export type SavedFlow = z.infer<typeof savedFlow>

export const flowSummary = savedFlow.extend({ savedAt: instant })
export type FlowSummary = z.infer<typeof flowSummary>
export const flowList = z.object({ items: z.array(flowSummary), nextCursor: z.string().optional() })

export const flowDescription = flowSummary.extend({
  /** As it was written. */
  source: z.string(),
  /** All that are kept, newest first. */
  versions: z.array(z.object({ version: flowVersion, hash: z.string(), savedAt: instant })),
})
export type FlowDescription = z.infer<typeof flowDescription>

const text = (schema: z.ZodType<number, number>) => z.string().transform(Number).pipe(schema)
export const flowQuery = z.strictObject({ version: text(flowVersion).optional() })
export const flowsQuery = z.strictObject({
  limit: text(z.number().int().min(1).max(1_000)).optional(),
  cursor: flowName.optional(),
})
