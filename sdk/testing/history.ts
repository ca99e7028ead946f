/** The door to logs written by hand. */
import { HistoryBuilder, type HistoryOptions } from './history-builder.ts'

/**
 * Begins a log.
 *
 * ```ts
 * const log = history({ kind: 'album', input: { keys: ['a'] } })
 *   .taskScheduled({ kind: 'resize', input: { key: 'a', width: 256 } }).suspended()
 *   .taskCompleted({ output: { key: 'a@256' } }).promiseCreated({ name: 'review' }).suspended()
 *   .build()
 * await replay(album, log)
 * ```
 */
export const history = (options: HistoryOptions): HistoryBuilder => new HistoryBuilder(options)
