/**
 * A first look at the text, before it is parsed: the parser goes down one call for each level, and a text that is nested
 * deeply enough would end the process. The lexer does not.
 */
import { CST, Lexer } from 'yaml'

export const sourceLimits = {
  characters: 262_144,
  tokens: 50_000,
  /** Of brackets and braces. */
  levels: 50,
  /** Spaces before the first thing on a line. */
  indentation: 100,
  /** `-`, `?` and `:` on one line, each of which begins a level. */
  indicatorsOnLine: 50,
} as const

/** Why the text is not parsed at all, and where. */
export function excessOf(source: string): { offset: number; message: string } | undefined {
  if (source.length > sourceLimits.characters) {
    return { offset: 0, message: `a flow has at most ${sourceLimits.characters} characters; this has ${source.length}` }
  }
  let tokens = 0
  let offset = 0
  let levels = 0
  let indicators = 0
  let isLineStart = true
  const excess = (message: string) => ({ offset, message })
  for (const token of new Lexer().lex(source)) {
    tokens += 1
    if (tokens > sourceLimits.tokens) return excess(`a flow has at most ${sourceLimits.tokens} tokens of YAML`)
    switch (CST.tokenType(token)) {
      case 'newline':
        isLineStart = true
        indicators = 0
        offset += token.length
        continue
      case 'space':
        if (isLineStart && token.length > sourceLimits.indentation) {
          return excess(`a line is indented by at most ${sourceLimits.indentation}`)
        }
        break
      case 'flow-map-start':
      case 'flow-seq-start':
        levels += 1
        if (levels > sourceLimits.levels) return excess(`brackets are nested at most ${sourceLimits.levels} deep`)
        break
      case 'flow-map-end':
      case 'flow-seq-end':
        levels -= 1
        break
      case 'seq-item-ind':
      case 'explicit-key-ind':
      case 'map-value-ind':
        indicators += 1
        if (levels <= 0 && indicators > sourceLimits.indicatorsOnLine) {
          return excess(`a line has at most ${sourceLimits.indicatorsOnLine} of - ? :`)
        }
        break
    }
    isLineStart = false
    // Modes are signs of the lexer, not text.
    if (!['\u0002', '\u0018', '\u001f'].includes(token)) offset += token.length
  }
  return undefined
}
