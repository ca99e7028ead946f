import { z } from 'zod'
import { childId, executionId, run } from './identity.ts'

/** Who started a child: its end is told there. */
export const parent = z.object({ executionId, run, childId })
export type Parent = z.infer<typeof parent>

/** What becomes of a child that is open when its parent closes. */
export const parentClosePolicy = z.enum(['TERMINATE', 'CANCEL', 'ABANDON'])
export type ParentClosePolicy = z.infer<typeof parentClosePolicy>
