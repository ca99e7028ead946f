/** The JSON that travelled back to values: the inverse of `encode`. */
import type { Json } from '../../schemas/values.ts'
import { fromBase64 } from './base64.ts'
import { put } from './encode.ts'
import { InvalidValue, type Path } from './refusal.ts'

/**
 * Decodes a value from the wire; an absent one is `undefined`.
 *
 * @throws InvalidValue for a tag with the wrong content, and for the reserved `$enc` and `$ref`
 */
export const decode = (json: Json | undefined, root = 'value'): unknown =>
  json === undefined ? undefined : decodeAt(json, { root, path: [] })

interface Place {
  root: string
  path: Path
}

function decodeAt(json: Json, place: Place): unknown {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map((item, index) => decodeAt(item, into(place, index)))
  const [tag, ...others] = Object.keys(json)
  if (tag?.startsWith('$') && others.length === 0) {
    const content = json[tag]
    if (content !== undefined) return decodeTagged(tag, content, json, place)
  }
  return decodeRecord(json, place)
}

function decodeTagged(tag: string, content: Json, whole: { [key: string]: Json }, place: Place): unknown {
  const wrong = (expected: string) => new InvalidValue(place.root, place.path, `${tag} needs ${expected}`)
  switch (tag) {
    case '$undefined':
      return undefined
    case '$date': {
      const date = new Date(typeof content === 'string' ? content : Number.NaN)
      if (Number.isNaN(date.getTime())) throw wrong('an ISO date')
      return date
    }
    case '$bigint':
      if (typeof content !== 'string' || !/^-?\d+$/.test(content)) throw wrong('decimal digits')
      return BigInt(content)
    case '$bytes': {
      const bytes = typeof content === 'string' ? fromBase64(content) : undefined
      if (bytes === undefined) throw wrong('base64')
      return bytes
    }
    case '$set':
      if (!Array.isArray(content)) throw wrong('an array')
      return new Set(content.map((item, index) => decodeAt(item, into(place, index))))
    case '$map':
      if (!Array.isArray(content)) throw wrong('an array of pairs')
      return new Map(content.map((pair, index) => decodePair(pair, into(place, index), wrong)))
    case '$esc':
      if (content === null || typeof content !== 'object' || Array.isArray(content)) throw wrong('an object')
      return decodeRecord(content, place)
    case '$enc':
    case '$ref':
      throw new InvalidValue(place.root, place.path, `${tag} is reserved`)
  }
  return decodeRecord(whole, place)
}

function decodePair(pair: Json, place: Place, wrong: (expected: string) => InvalidValue): [unknown, unknown] {
  if (!Array.isArray(pair) || pair.length !== 2) throw wrong('an array of pairs')
  const [key, item] = pair
  return [decodeAt(key ?? null, place), decodeAt(item ?? null, place)]
}

function decodeRecord(json: { [key: string]: Json }, place: Place): { [key: string]: unknown } {
  const record: { [key: string]: unknown } = {}
  for (const [key, item] of Object.entries(json)) put(record, key, decodeAt(item, into(place, key)))
  return record
}

const into = ({ root, path }: Place, key: string | number): Place => ({ root, path: [...path, key] })
