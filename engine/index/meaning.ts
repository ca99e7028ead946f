/** What the words of a query mean: fields exist, values have their types, operators fit. The first misfit is thrown. */
import type { IToken } from 'chevrotain'
import { queryLimits } from '../../schemas/query.ts'
import { type Comparison, type Condition, comparisons, type Subject } from './condition.ts'
import { type FieldType, fieldOf, fields } from './fields.ts'
import type { Shape, Term } from './grammar.ts'
import { flagOf, Misfit, nameOf, numberOf, statusOf, textOf, timeOf } from './literals.ts'
import { Attribute, False, Numeral, True } from './tokens.ts'

export function meaningOf(shape: Shape): Condition {
  switch (shape.type) {
    case 'all':
    case 'any':
      return { type: shape.type, of: shape.of.map(meaningOf) }
    case 'not':
      return { type: 'not', of: meaningOf(shape.of) }
    case 'term':
      return meaningOfTerm(shape)
  }
}

/** How a field or an attribute takes values: `read` throws where a value is of another type. */
interface Sense<Value extends string | number | boolean> {
  subject: Subject
  what: string
  verbs: readonly Term['verb'][]
  isOrdered: boolean
  read(token: IToken): Value
}

function meaningOfTerm(term: Term): Condition {
  if (term.subject.tokenType === Attribute) return attributeTerm(term)
  const field = fieldOf(term.subject.image)
  if (field === undefined) {
    throw new Misfit(
      term.subject,
      `there is no field ${term.subject.image}: there are ${Object.keys(fields).join(', ')} and attributes.name`,
    )
  }
  return field.type === 'flag' ? flagTerm(term, field.flag) : fieldTerm(term, field)
}

function flagTerm(term: Term, flag: 'open' | 'stuck'): Condition {
  const { sign, verb, values } = term
  const [value] = values
  if (verb !== 'compares' || (sign.image !== '=' && sign.image !== '!=') || value === undefined)
    throw new Misfit(sign, `${flag} takes = and !=, with TRUE or FALSE`)
  if (value.tokenType !== True && value.tokenType !== False)
    throw new Misfit(value, `TRUE or FALSE is expected, found ${value.image}`)
  const isWanted = (value.tokenType === True) === (sign.image === '=')
  return isWanted ? { type: flag } : { type: 'not', of: { type: flag } }
}

function fieldTerm(term: Term, field: Exclude<FieldType, { type: 'flag' }>): Condition {
  const subject: Subject = { field: field.column }
  const what = term.subject.image
  switch (field.type) {
    case 'text':
      return sensed(term, {
        subject,
        what,
        verbs: ['compares', 'between', 'among', 'begins', 'present', 'absent'],
        isOrdered: true,
        read: textOf,
      })
    case 'status':
      return sensed(term, { subject, what, verbs: ['compares', 'among'], isOrdered: false, read: statusOf })
    case 'number':
      return sensed(term, { subject, what, verbs: ['compares', 'between', 'among'], isOrdered: true, read: numberOf })
    case 'time':
      return sensed(term, { subject, what, verbs: ['compares', 'between', 'present', 'absent'], isOrdered: true, read: timeOf })
  }
}

/** An attribute has the type that it is compared with, or the comparison is false. */
function attributeTerm(term: Term): Condition {
  const attribute = nameOf(term.subject)
  const subject = { attribute }
  const what = term.subject.image
  const [first] = term.values
  const shared = { subject, what, isOrdered: true }
  if (term.verb === 'contains' && first !== undefined) return { type: 'contains', attribute, element: textOf(first) }
  if (first?.tokenType === Numeral) return sensed(term, { ...shared, verbs: ['compares', 'between', 'among'], read: numberOf })
  if (first?.tokenType === True || first?.tokenType === False)
    return sensed(term, { ...shared, verbs: ['compares'], isOrdered: false, read: flagOf })
  return sensed(term, { ...shared, verbs: ['compares', 'between', 'among', 'begins', 'present', 'absent'], read: textOf })
}

function sensed(term: Term, sense: Sense<string> | Sense<number> | Sense<boolean>): Condition {
  const { subject } = sense
  const { verb, sign, values } = term
  if (!sense.verbs.includes(verb)) throw new Misfit(sign, `${sense.what} does not take ${sign.image}${takes(sense)}`)
  if (values.length > queryLimits.values)
    throw new Misfit(sign, `IN takes at most ${queryLimits.values} values, not ${values.length}`)
  const read = values.map((value) => sense.read(value))
  const [first, second] = read
  switch (verb) {
    case 'present':
      return { type: 'present', subject }
    case 'absent':
      return { type: 'not', of: { type: 'present', subject } }
    case 'compares': {
      const comparison = comparisonOf(sign)
      if (!sense.isOrdered && comparison !== '=' && comparison !== '!=')
        throw new Misfit(sign, `${sense.what} has no order: it takes = and !=`)
      if (first === undefined) break
      return { type: 'compares', subject, comparison, value: first }
    }
    case 'between':
      if (typeof first === 'boolean' || typeof second === 'boolean' || first === undefined || second === undefined) break
      return { type: 'between', subject, low: first, high: second }
    case 'among': {
      const texts = read.filter((value) => typeof value === 'string')
      const numbers = read.filter((value) => typeof value === 'number')
      return { type: 'among', subject, values: texts.length > 0 ? texts : numbers }
    }
    case 'begins':
      if (typeof first !== 'string') break
      return { type: 'begins', subject, prefix: first }
    case 'contains':
      break
  }
  throw new Misfit(sign, `${sense.what} does not take ${sign.image}`)
}

const verbSigns: Readonly<Record<Term['verb'], string>> = {
  compares: 'a comparison',
  between: 'BETWEEN',
  among: 'IN',
  begins: 'STARTS WITH',
  contains: 'CONTAINS',
  present: 'IS NULL',
  absent: 'IS NULL',
}

const takes = ({ verbs }: { verbs: readonly Term['verb'][] }): string =>
  `: it takes ${[...new Set(verbs.map((verb) => verbSigns[verb]))].join(', ')}`

function comparisonOf(sign: IToken): Comparison {
  const comparison = comparisons.find((each) => each === sign.image)
  if (comparison === undefined) throw new Misfit(sign, `${comparisons.join(' ')} is expected, found ${sign.image}`)
  return comparison
}
