/** The words of the query language. Keywords are taken in upper and lower case, names as they are. */
import { createToken, Lexer, type TokenType } from 'chevrotain'

export const Name = createToken({ name: 'Name', label: 'a name', pattern: /[A-Za-z_]\w*/ })

const keyword = (text: string): TokenType =>
  createToken({ name: text, label: text, pattern: new RegExp(text.replace(' ', '\\s+'), 'i'), longer_alt: Name })

const sign = (name: string, text: string): TokenType => createToken({ name, label: `"${text}"`, pattern: text })

export const And = keyword('AND')
export const Or = keyword('OR')
export const Not = keyword('NOT')
export const In = keyword('IN')
export const Between = keyword('BETWEEN')
export const Starts = keyword('STARTS WITH')
export const Contains = keyword('CONTAINS')
export const Is = keyword('IS')
export const Null = keyword('NULL')
export const True = keyword('TRUE')
export const False = keyword('FALSE')

/** `attributes.name`, or `attributes["any name"]`. */
export const Attribute = createToken({
  name: 'Attribute',
  label: 'an attribute',
  pattern: /attributes(?:\.[A-Za-z_][\w.-]*|\[\s*"(?:[^"\\]|\\.)*"\s*\])/,
})

export const Text = createToken({ name: 'Text', label: 'a string in double quotes', pattern: /"(?:[^"\\]|\\.)*"/ })
export const Numeral = createToken({ name: 'Numeral', label: 'a number', pattern: /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/ })

export const Compares = createToken({ name: 'Compares', label: 'a comparison', pattern: /!=|<=|>=|=|<|>/ })
export const Open = sign('Open', '(')
export const Close = sign('Close', ')')
export const Comma = sign('Comma', ',')

const Space = createToken({ name: 'Space', pattern: /\s+/, group: Lexer.SKIPPED })

/** In the order in which they are tried. */
export const vocabulary: TokenType[] = [
  Space,
  Attribute,
  Starts,
  And,
  Or,
  Not,
  In,
  Between,
  Contains,
  Is,
  Null,
  True,
  False,
  Name,
  Text,
  Numeral,
  Compares,
  Open,
  Close,
  Comma,
]
