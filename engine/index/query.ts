/** Reads a query. It is small on purpose, typed, and bounded: what cannot be asked is answered with where and why. */
import { type IToken, Lexer } from 'chevrotain'
import { queryLimits } from '../../schemas/query.ts'
import type { Condition } from './condition.ts'
import { Grammar, type Shape } from './grammar.ts'
import { Misfit } from './literals.ts'
import { meaningOf } from './meaning.ts'
import { Close, Not, Open, vocabulary } from './tokens.ts'

/** Where a query stops making sense. Lines and columns count from 1, the offset from 0. */
export interface QueryProblem {
  line: number
  column: number
  offset: number
  message: string
}

export type ReadQuery = { ok: true; condition: Condition } | { ok: false; problem: QueryProblem }

/** Made when first needed: most isolates never read a query. */
let machines: { lexer: Lexer; grammar: Grammar } | undefined

export function readQuery(text: string): ReadQuery {
  if (text.length > queryLimits.characters) {
    return wrongAt(text, queryLimits.characters, `a query has at most ${queryLimits.characters} characters`)
  }
  machines ??= { lexer: new Lexer(vocabulary), grammar: new Grammar() }
  const { lexer, grammar } = machines
  const { tokens, errors } = lexer.tokenize(text)
  const [stray] = errors
  if (stray !== undefined) return wrongAt(text, stray.offset, strayMessage(text, stray.offset))
  const tooDeep = deepestBeyond(tokens)
  if (tooDeep !== undefined) {
    return wrongAt(text, tooDeep.startOffset, `parentheses and NOT go at most ${queryLimits.depth} deep`)
  }
  grammar.input = tokens
  const shape = grammar.query()
  const [error] = grammar.errors
  if (error !== undefined) {
    const { startOffset } = error.token
    return wrongAt(text, Number.isNaN(startOffset) || startOffset < 0 ? text.length : startOffset, error.message)
  }
  const terms = termsOf(shape)
  const beyond = terms[queryLimits.terms]
  if (beyond !== undefined) {
    return wrongAt(text, beyond.startOffset, `a query has at most ${queryLimits.terms} comparisons, this one ${terms.length}`)
  }
  try {
    return { ok: true, condition: meaningOf(shape) }
  } catch (misfit) {
    if (misfit instanceof Misfit) return wrongAt(text, misfit.token.startOffset, misfit.message)
    throw misfit
  }
}

function wrongAt(text: string, offset: number, message: string): ReadQuery {
  const lines = text.slice(0, offset).split('\n')
  return { ok: false, problem: { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, offset, message } }
}

function strayMessage(text: string, offset: number): string {
  const stray = String.fromCodePoint(text.codePointAt(offset) ?? 0)
  if (stray === '"') return 'this string is not closed'
  if (stray === "'") return 'strings are in double quotes'
  return `${JSON.stringify(stray)} means nothing here`
}

/** The grammar calls itself for each of them, so their number is known before it begins. */
function deepestBeyond(tokens: IToken[]): IToken | undefined {
  const opened: number[] = []
  let depth = 0
  let nots = 0
  for (const token of tokens) {
    if (token.tokenType === Not) nots += 1
    else if (token.tokenType === Open) {
      opened.push(nots + 1)
      depth += nots + 1
      nots = 0
    } else {
      if (token.tokenType === Close) depth -= opened.pop() ?? 0
      nots = 0
    }
    if (depth + nots > queryLimits.depth) return token
  }
  return undefined
}

function termsOf(shape: Shape): IToken[] {
  switch (shape.type) {
    case 'all':
    case 'any':
      return shape.of.flatMap(termsOf)
    case 'not':
      return termsOf(shape.of)
    case 'term':
      return [shape.subject]
  }
}
