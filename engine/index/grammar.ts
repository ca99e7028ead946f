/**
 * The shape of a query, before anything is known of its fields:
 *
 *     query      = any
 *     any        = all { OR all }
 *     all        = not { AND not }
 *     not        = NOT not | "(" any ")" | term
 *     term       = subject ( comparison value | IN "(" value { "," value } ")" | BETWEEN value AND value
 *                          | STARTS WITH string | CONTAINS string | IS [ NOT ] NULL )
 *     subject    = field | attributes.name | attributes["any name"]
 *     value      = string | number | TRUE | FALSE | word
 */
import { EmbeddedActionsParser, type IParserErrorMessageProvider, type IToken, type TokenType } from 'chevrotain'
import * as token from './tokens.ts'

export interface Term {
  type: 'term'
  subject: IToken
  verb: 'compares' | 'between' | 'among' | 'begins' | 'contains' | 'absent' | 'present'
  /** The word or sign that says so. */
  sign: IToken
  values: IToken[]
}

export type Shape = { type: 'all' | 'any'; of: Shape[] } | { type: 'not'; of: Shape } | Term

const found = (actual: IToken | undefined): string =>
  actual === undefined || actual.image === '' ? 'the query ends' : `found ${actual.image}`

const list = (labels: Iterable<string>): string => {
  const all = [...new Set(labels)]
  const last = all.pop()
  return all.length === 0 ? `${last}` : `${all.join(', ')} or ${last}`
}

const labelOf = (type: TokenType): string => type.LABEL ?? type.name

const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual }) => `${labelOf(expected)} is expected, ${found(actual)}`,
  buildNotAllInputParsedMessage: ({ firstRedundant }) => `AND, OR or the end is expected, ${found(firstRedundant)}`,
  buildNoViableAltMessage: ({ expectedPathsPerAlt, actual }) =>
    `${list(expectedPathsPerAlt.flatMap((paths) => paths.flatMap(([first]) => (first === undefined ? [] : [labelOf(first)]))))} ` +
    `is expected, ${found(actual[0])}`,
  buildEarlyExitMessage: ({ actual }) => `a value is expected, ${found(actual[0])}`,
}

export class Grammar extends EmbeddedActionsParser {
  constructor() {
    super(token.vocabulary, { recoveryEnabled: false, maxLookahead: 2, errorMessageProvider: messages })
    this.performSelfAnalysis()
  }

  query = this.RULE('query', (): Shape => this.SUBRULE(this.#any))

  #any = this.RULE('any', (): Shape => {
    const of: Shape[] = [this.SUBRULE1(this.#all)]
    this.MANY(() => {
      this.CONSUME(token.Or)
      of.push(this.SUBRULE2(this.#all))
    })
    return joined('any', of)
  })

  #all = this.RULE('all', (): Shape => {
    const of: Shape[] = [this.SUBRULE1(this.#not)]
    this.MANY(() => {
      this.CONSUME(token.And)
      of.push(this.SUBRULE2(this.#not))
    })
    return joined('all', of)
  })

  #not = this.RULE(
    'not',
    (): Shape =>
      this.OR([
        {
          ALT: (): Shape => {
            this.CONSUME(token.Not)
            return { type: 'not', of: this.SUBRULE(this.#not) }
          },
        },
        {
          ALT: (): Shape => {
            this.CONSUME(token.Open)
            const inner = this.SUBRULE(this.#any)
            this.CONSUME(token.Close)
            return inner
          },
        },
        { ALT: (): Shape => this.SUBRULE(this.#term) },
      ]),
  )

  #term = this.RULE('term', (): Term => {
    const subject = this.OR1([{ ALT: () => this.CONSUME(token.Name) }, { ALT: () => this.CONSUME(token.Attribute) }])
    return this.OR2([
      {
        ALT: (): Term => {
          const sign = this.CONSUME(token.Compares)
          return { type: 'term', subject, verb: 'compares', sign, values: [this.SUBRULE1(this.#value)] }
        },
      },
      {
        ALT: (): Term => {
          const sign = this.CONSUME(token.In)
          const values: IToken[] = []
          this.CONSUME(token.Open)
          this.AT_LEAST_ONE_SEP({ SEP: token.Comma, DEF: () => values.push(this.SUBRULE2(this.#value)) })
          this.CONSUME(token.Close)
          return { type: 'term', subject, verb: 'among', sign, values }
        },
      },
      {
        ALT: (): Term => {
          const sign = this.CONSUME(token.Between)
          const low = this.SUBRULE3(this.#value)
          this.CONSUME(token.And)
          return { type: 'term', subject, verb: 'between', sign, values: [low, this.SUBRULE4(this.#value)] }
        },
      },
      {
        ALT: (): Term => {
          const sign = this.CONSUME(token.Starts)
          return { type: 'term', subject, verb: 'begins', sign, values: [this.CONSUME1(token.Text)] }
        },
      },
      {
        ALT: (): Term => {
          const sign = this.CONSUME(token.Contains)
          return { type: 'term', subject, verb: 'contains', sign, values: [this.CONSUME2(token.Text)] }
        },
      },
      {
        ALT: (): Term => {
          const sign = this.CONSUME(token.Is)
          const isNot = this.OPTION(() => this.CONSUME(token.Not)) !== undefined
          this.CONSUME(token.Null)
          return { type: 'term', subject, verb: isNot ? 'present' : 'absent', sign, values: [] }
        },
      },
    ])
  })

  #value = this.RULE(
    'value',
    (): IToken =>
      this.OR([
        { ALT: () => this.CONSUME(token.Text) },
        { ALT: () => this.CONSUME(token.Numeral) },
        { ALT: () => this.CONSUME(token.True) },
        { ALT: () => this.CONSUME(token.False) },
        { ALT: () => this.CONSUME(token.Name) },
      ]),
  )
}

/** One alone needs no list. */
function joined(type: 'all' | 'any', of: Shape[]): Shape {
  const [only, ...others] = of
  return only !== undefined && others.length === 0 ? only : { type, of }
}
