/** The execution id of a child that its parent's code did not name. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { limits } from './limits.ts'

const readable = 140

/** `{parentId}:{run}:child-N`; where that is too long, its first 140 characters, `~`, and a hash of the whole. */
export function childExecutionId(parentId: string, run: number, childId: string): string {
  const id = `${parentId}:${run}:${childId}`
  if (id.length <= limits.nameCharacters) return id
  return `${id.slice(0, readable)}~${bytesToHex(sha256(utf8ToBytes(id))).slice(0, 32)}`
}
