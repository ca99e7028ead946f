/** What routes and executions ask of an organisation's flows. Plain data, as everywhere between objects. */
import type { Answer } from '../../engine/answer.ts'
import type { FlowPin } from '../../engine/flow/definition.ts'
import type { FlowDescription, FlowSummary, SavedFlow } from '../../schemas/flow/saving.ts'

export interface FlowToSave {
  name: string
  /** As its file says; else the next. */
  version?: number
  hash: string
  /** As it was written. */
  source: string
  /** `FlowDefinition` as JSON text. */
  definition: string
}

export interface FlowsPort {
  /** `created`: it is a new version; equal to the latest it is that one. */
  save(flow: FlowToSave): Promise<Answer<SavedFlow & { created: boolean }>>
  /** The latest version of each, by name, after `after`. */
  list(limit: number, after?: string): Promise<{ items: FlowSummary[]; more: boolean }>
  read(name: string, version?: number): Promise<Answer<FlowDescription>>
  /** What a run is started with: this version, or the latest. */
  pin(name: string, version?: number): Promise<Answer<FlowPin>>
}
