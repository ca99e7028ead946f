/**
 * Values to the JSON that travels. Plain JSON stays itself; what JSON lacks is tagged.
 *
 * 1. The result shares nothing with the value: the author may go on changing it.
 * 2. Whatever cannot come out equal is refused with its path, never dropped or approximated.
 */
import type { Json } from '../../schemas/values.ts'
import { toBase64 } from './base64.ts'
import { InvalidValue } from './refusal.ts'

const loneSurrogate = /\p{Cs}/u
const maximumDepth = 500

/**
 * Encodes a value for the wire.
 *
 * @param root how refusals call the value, as `input` or `output`
 * @throws InvalidValue for NaN, infinities, invalid dates, functions, symbols, cycles, lone surrogates, class instances
 */
export const encode = (value: unknown, root = 'value'): Json => new Encoder(root).encode(value)

/** Also tells about how many characters the JSON text has. */
export function encodeMeasured(value: unknown, root: string): { json: Json; characters: number } {
  const encoder = new Encoder(root)
  return { json: encoder.encode(value), characters: encoder.characters }
}

class Encoder {
  readonly #root: string
  readonly #path: (string | number)[] = []
  readonly #ancestors = new Set<object>()
  characters = 0

  constructor(root: string) {
    this.#root = root
  }

  encode(value: unknown): Json {
    this.characters += 8
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        if (!Number.isFinite(value)) throw this.#refusal(`${value} is not a JSON number`)
        return value === 0 ? 0 : value
      case 'boolean':
        return value
      case 'undefined':
        return { $undefined: true }
      case 'bigint':
        return { $bigint: this.#text(String(value)) }
      case 'function':
        throw this.#refusal('a function cannot be sent')
      case 'symbol':
        throw this.#refusal('a symbol cannot be sent')
      case 'object':
        return value === null ? null : this.#object(value)
    }
  }

  #object(value: object): Json {
    if (this.#ancestors.has(value)) throw this.#refusal('it contains itself')
    if (this.#ancestors.size >= maximumDepth) throw this.#refusal(`it is nested deeper than ${maximumDepth} levels`)
    this.#ancestors.add(value)
    const json = this.#unseen(value)
    this.#ancestors.delete(value)
    return json
  }

  #unseen(value: object): Json {
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.#at(index, item))
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw this.#refusal('it is an invalid date')
      return { $date: value.toISOString() }
    }
    if (value instanceof Uint8Array) return { $bytes: this.#text(toBase64(value)) }
    if (value instanceof Map) {
      const pairs = [...value].map(([key, item], index): Json => [this.#at(index, key), this.#at(index, item)])
      return { $map: pairs }
    }
    if (value instanceof Set) return { $set: [...value].map((item, index) => this.#at(index, item)) }
    return this.#record(value)
  }

  #record(value: object): Json {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== null && !isPlain(prototype)) {
      throw this.#refusal(`an instance of ${className(value)} would not come out equal: send a plain object`)
    }
    const json: { [key: string]: Json } = {}
    let only: string | undefined
    let count = 0
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue
      this.characters += key.length
      put(json, this.#key(key), this.#at(key, item))
      only = key
      count += 1
    }
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      if (Object.prototype.propertyIsEnumerable.call(value, symbol)) throw this.#refusal(`${String(symbol)} is a symbol as a key`)
    }
    return count === 1 && only?.startsWith('$') ? { $esc: json } : json
  }

  #at(key: string | number, item: unknown): Json {
    this.#path.push(key)
    const json = this.encode(item)
    this.#path.pop()
    return json
  }

  #text(text: string): string {
    if (loneSurrogate.test(text)) throw this.#refusal('the text has half a surrogate pair')
    this.characters += text.length
    return text
  }

  #key(key: string): string {
    if (loneSurrogate.test(key)) throw this.#refusal(`the key ${JSON.stringify(key)} has half a surrogate pair`)
    return key
  }

  #refusal(problem: string): InvalidValue {
    return new InvalidValue(this.#root, this.#path, problem)
  }
}

/** `__proto__` is an ordinary key, which an assignment would not make. */
export function put<Value>(target: { [key: string]: Value }, key: string, value: Value): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Objects of another realm (a test's `vm` context, a frame) are plain too. */
const isPlain = (prototype: unknown): boolean =>
  prototype === Object.prototype ||
  (typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf'))

const className = (value: object): string => value.constructor?.name || 'a class'
