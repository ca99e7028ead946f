/** How an execution is started. */
import type { StartRequest } from '../../schemas/executions.ts'
import type { Duration } from '../definition/duration.ts'
import { sentDuration, sentValue } from './sent.ts'

export interface StartOptions {
  /** Again with the same id is the same execution. Made by the service if absent. */
  id?: string
  queue?: string
  /** Of the run, from its start. */
  timeout?: Duration
  startAfter?: Duration
  attributes?: Record<string, string | number | boolean | string[]>
  memo?: Record<string, unknown>
  headers?: Record<string, string>
  /** What happens when an execution of this id has closed; `USE_EXISTING`. */
  idReuse?: 'USE_EXISTING' | 'ALLOW' | 'ALLOW_AFTER_FAILURE' | 'REJECT'
  /** What happens when an execution of this id is open; `USE_EXISTING`. */
  onConflict?: 'USE_EXISTING' | 'FAIL' | 'TERMINATE_EXISTING'
}

export function startRequest(kind: string, input: unknown, options: StartOptions): StartRequest {
  const { timeout, startAfter, memo, ...rest } = options
  const encodedMemo = Object.entries(memo ?? {}).map(([key, value]) => [key, sentValue(value, `memo.${key}`)] as const)
  return {
    kind,
    ...(input !== undefined && { input: sentValue(input, 'input') }),
    ...rest,
    ...(timeout !== undefined && { timeoutMs: sentDuration(timeout, 'timeout') }),
    ...(startAfter !== undefined && { startAfterMs: sentDuration(startAfter, 'startAfter') }),
    ...(memo !== undefined && { memo: Object.fromEntries(encodedMemo) }),
  }
}
