/** The content hash of a flow: equal for equal content, however it was written, in whatever order its keys stand. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Json } from '../../schemas/values.ts'

/** The order of tasks means something, and is said apart: by `tasks` of the checked definition, a list. */
export const contentHash = (value: Json): string => bytesToHex(sha256(utf8ToBytes(canonicalText(value))))

function canonicalText(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  const keys = Object.keys(value).toSorted()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key] ?? null)}`).join(',')}}`
}
