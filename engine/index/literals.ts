/** Values as they are written in a query. One of another type than is expected is thrown as a misfit. */
import type { IToken } from 'chevrotain'
import { readInstant } from '../../schemas/listing.ts'
import { executionStatus } from '../../schemas/statuses.ts'
import { False, Numeral, Text, True } from './tokens.ts'

/** Something that no execution could be asked; never leaves this folder. */
export class Misfit extends Error {
  readonly token: IToken

  constructor(token: IToken, message: string) {
    super(message)
    this.token = token
  }
}

/** What an attribute is called. */
export function nameOf(token: IToken): string {
  const { image } = token
  const name = image.startsWith('attributes.') ? image.slice('attributes.'.length) : unquoted(token, image.slice(11, -1).trim())
  if (name === '' || name.length > 200) throw new Misfit(token, 'the name of an attribute has 1 to 200 characters')
  return name
}

function unquoted(token: IToken, quoted: string): string {
  let text: string
  try {
    text = String(JSON.parse(quoted))
  } catch {
    throw new Misfit(token, 'a string is written as in JSON: escapes are \\" \\\\ \\n \\t \\u0000 and the like')
  }
  if (/\p{Surrogate}/u.test(text)) throw new Misfit(token, 'a string has no half of a surrogate pair')
  return text
}

export function textOf(token: IToken): string {
  if (token.tokenType !== Text) throw new Misfit(token, `a string in double quotes is expected, found ${token.image}`)
  return unquoted(token, token.image)
}

export function numberOf(token: IToken): number {
  const value = token.tokenType === Numeral ? Number(token.image) : Number.NaN
  if (!Number.isFinite(value)) throw new Misfit(token, `a number is expected, found ${token.image}`)
  return value
}

export function flagOf(token: IToken): boolean {
  if (token.tokenType !== True && token.tokenType !== False)
    throw new Misfit(token, `TRUE or FALSE is expected, found ${token.image}`)
  return token.tokenType === True
}

export function statusOf(token: IToken): string {
  const { success, data } = executionStatus.safeParse(token.tokenType === Text ? unquoted(token, token.image) : token.image)
  if (!success) throw new Misfit(token, `a status is expected (${executionStatus.options.join(' ')}), found ${token.image}`)
  return data
}

export function timeOf(token: IToken): number {
  const at = readInstant(token.tokenType === Text ? unquoted(token, token.image) : token.image)
  if (at === undefined) {
    const form = '"2026-11-01", "2026-11-01T10:00:00Z" or epoch milliseconds'
    throw new Misfit(token, `a time is expected (${form}), found ${token.image}`)
  }
  return at
}
