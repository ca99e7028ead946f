/**
 * Numbers that look random and are the same in every replay: the sfc32 generator (Chris Doty-Humphrey, PractRand),
 * seeded by cyrb128 (bryc, public domain). Not for secrets.
 */

export interface Generator {
  /** From 0 to below 1, with 53 bits. */
  random(): number
  /** A version 4 UUID. */
  uuid(): string
}

/** `random` and `uuid` draw from sequences of their own, so that a call of one does not move the other. */
export function generator(seed: string): Generator {
  const numbers = sfc32(cyrb128(`random/${seed}`))
  const ids = sfc32(cyrb128(`uuid/${seed}`))
  return {
    random: () => ((numbers() >>> 5) * 0x4000000 + (numbers() >>> 6)) / 0x20000000000000,
    uuid: () => formatUuid([ids(), ids(), ids(), ids()]),
  }
}

type Words = [number, number, number, number]

function formatUuid([a, b, c, d]: Words): string {
  const versioned = (b & 0xffff0fff) | 0x4000
  const varied = (c & 0x3fffffff) | 0x80000000
  const hex = [a, versioned, varied, d].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function sfc32([first, second, third, counter]: Words): () => number {
  let a = first
  let b = second
  let c = third
  let d = counter
  const next = (): number => {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next()
  return next
}

function cyrb128(text: string): Words {
  let a = 1779033703
  let b = 3144134277
  let c = 1013904242
  let d = 2773480762
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    a = b ^ Math.imul(a ^ code, 597399067)
    b = c ^ Math.imul(b ^ code, 2869860233)
    c = d ^ Math.imul(c ^ code, 951274213)
    d = a ^ Math.imul(d ^ code, 2716044179)
  }
  a = Math.imul(c ^ (a >>> 18), 597399067)
  b = Math.imul(d ^ (b >>> 22), 2869860233)
  c = Math.imul(a ^ (c >>> 17), 951274213)
  d = Math.imul(b ^ (d >>> 19), 2716044179)
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, d ^ a]
}
