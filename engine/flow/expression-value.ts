/** What an expression gives, as JSON: integers become numbers again, and what JSON lacks is refused. */
import { limits } from '../../schemas/limits.ts'
import type { Json } from '../../schemas/values.ts'
import { type Answer, accepted, refused } from '../answer.ts'

/** Lists may hold the same list many times: what is small in memory can be endless as JSON. */
const charactersTaken = limits.payloadBytes
const levels = 100

export function jsonOf(value: unknown): Answer<Json> {
  let left: number = charactersTaken
  const convert = (part: unknown, depth: number): Json => {
    left -= 1
    if (left < 0) throw new Unfit(`gives more than ${charactersTaken} characters of JSON`)
    if (depth > levels) throw new Unfit(`gives a value nested deeper than ${levels} levels`)
    switch (typeof part) {
      case 'string':
        left -= part.length
        return part
      case 'boolean':
        return part
      case 'number':
        if (!Number.isFinite(part)) throw new Unfit('gives a number that JSON lacks, as after a division by zero')
        return part
      case 'bigint':
        if (part > Number.MAX_SAFE_INTEGER || part < Number.MIN_SAFE_INTEGER) throw new Unfit('gives an integer beyond 2^53')
        return Number(part)
      case 'object':
        if (part === null) return null
        if (Array.isArray(part)) return part.map((each) => convert(each, depth + 1))
        if (part instanceof Map) return fromEntries([...part], depth)
        if (Object.getPrototypeOf(part) === Object.prototype || Object.getPrototypeOf(part) === null) {
          return fromEntries(Object.entries(part), depth)
        }
    }
    throw new Unfit('gives a value that is not JSON')
  }
  const fromEntries = (entries: [unknown, unknown][], depth: number): Json =>
    Object.fromEntries(
      entries.map(([key, each]) => {
        left -= String(key).length
        return [String(key), convert(each, depth + 1)]
      }),
    )
  try {
    return accepted(convert(value, 0))
  } catch (error) {
    if (error instanceof Unfit) return refused('invalid_request', `the expression ${error.message}`)
    throw error
  }
}

class Unfit extends Error {}
