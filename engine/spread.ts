/** A stable hash of an id (FNV-1a): the same execution always meets the same partition, and the same shard. */
export function spreadOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
