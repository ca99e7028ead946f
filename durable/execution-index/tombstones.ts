/**
 * Executions that were deleted a moment ago, in memory: news that was under way then must not bring them back. A message
 * does not travel for longer than this.
 */
import { isLater, type Version } from '../../engine/index/summary.ts'

const rememberMs = 60_000

export class Tombstones {
  /** Oldest first. */
  readonly #stones = new Map<string, { version: Version; at: number }>()

  add(id: string, version: Version, now: number): void {
    this.#stones.delete(id)
    this.#stones.set(id, { version, at: now })
    for (const [oldest, { at }] of this.#stones) {
      if (at + rememberMs > now) return
      this.#stones.delete(oldest)
    }
  }

  /** Whether this is news of an execution that is gone. */
  covers(id: string, version: Version): boolean {
    const stone = this.#stones.get(id)
    return stone !== undefined && !isLater(version, stone.version)
  }
}
