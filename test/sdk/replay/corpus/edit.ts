/** One change of a workflow's code while a run of it is open, and what becomes of the run. */
import type { WorkflowContext } from '../../../../sdk/index.ts'
import type { Log } from '../log.ts'

export type Code = (ctx: WorkflowContext) => Promise<unknown>

export interface Edit {
  /** As the guide has it. */
  what: string
  before: Code
  /** What happens after each activation of the recording. */
  then: ((log: Log) => void)[]
  after: Code
  outcome: GoesOn | Stops
}

/** The change is legal. */
export interface GoesOn {
  /** Why, or what to mind, as the guide has it. */
  because: string
  /** What the new code asks for beyond the log. */
  asks: string[]
}

/** A DeterminismError. */
export interface Stops {
  index: number
  expected: string
  actual: string
  /** Word in a comment on the line that is named; undefined when no line made the call. */
  line: string | undefined
  hint: string
}

export const added =
  'A call was added or has another type than before, or something that was awaited before it is no longer awaited'
export const other = (recorded: string, asked: string) =>
  `${recorded} was renamed, removed or moved, or ${asked} was added before it`
export const gone = (recorded: string, asked: string) => `${recorded} was removed, or moved behind ${asked}`
export const slower = 'The call was moved behind something that took longer'
export const childId = 'The id that the code chooses for it has changed'
