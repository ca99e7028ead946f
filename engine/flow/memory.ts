/** Authors' values that the interpreter has read from the log, so that no step reads them again. Lost without loss. */
import type { Json } from '../../schemas/values.ts'

export interface FlowMemory {
  input?: { value: Json }
  vars?: { values: Record<string, Json>; through: number }
  /** What `tasks` shows, as of so many closings and read through this draft. */
  tasks?: { view: Record<string, unknown>; closings: number; draft: object }
  /** The lists of open visits. */
  lists: Map<string, Json[]>
}

export const blankMemory = (): FlowMemory => ({ lists: new Map() })
