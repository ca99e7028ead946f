/** Ids that a run gives to what it starts elsewhere: the same whenever they are made. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { limits } from './limits.ts'

const readable = 140

/** `{executionId}:{run}:{id}`; where that is too long, its first 140 characters, `~`, and a hash of the whole. */
export function derivedId(executionId: string, run: number, local: string): string {
  const id = `${executionId}:${run}:${local}`
  if (id.length <= limits.nameCharacters) return id
  return `${id.slice(0, readable)}~${bytesToHex(sha256(utf8ToBytes(id))).slice(0, 32)}`
}

/** The execution id of a child that its parent's code did not name. */
export const childExecutionId = derivedId
