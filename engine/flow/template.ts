/**
 * Text with expressions between `{{` and `}}`, and JSON whose strings are such text. The end of an expression is found by
 * counting its braces and stepping over its strings, so `{{ {"a": {"b": 1}} }}` is one expression.
 *
 * A text that is one expression, with nothing around it but white space, keeps the type of what it gives; else each gives
 * text: strings as they are, everything else as JSON.
 */
import type { Json } from '../../schemas/values.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import type { Expression, Template } from './definition.ts'
import { evaluate } from './expression.ts'
import type { Scope } from './scope.ts'

export type Part = { type: 'text'; text: string } | { type: 'expression'; text: Expression; offset: number }

/** @returns undefined when an expression has no end */
export function partsOf(text: string): Part[] | undefined {
  const parts: Part[] = []
  let at = 0
  for (;;) {
    const open = text.indexOf('{{', at)
    if (open === -1) break
    if (open > at) parts.push({ type: 'text', text: text.slice(at, open) })
    const close = endOf(text, open + 2)
    if (close === undefined) return undefined
    const inner = text.slice(open + 2, close)
    parts.push({ type: 'expression', text: inner.trim(), offset: open + 2 + (inner.length - inner.trimStart().length) })
    at = close + 2
  }
  if (at < text.length) parts.push({ type: 'text', text: text.slice(at) })
  return parts
}

/** Where the `}}` is that ends the expression which begins at `from`. */
function endOf(text: string, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"' || character === "'") {
      const end = endOfString(text, at, character)
      if (end === undefined) return undefined
      at = end
    } else if (character === '{') depth += 1
    else if (character === '}' && depth > 0) depth -= 1
    else if (character === '}' && text[at + 1] === '}') return at
  }
  return undefined
}

/** The place of the last quote of the string that begins at `from`; a backslash takes the next character with it. */
function endOfString(text: string, from: number, quote: string): number | undefined {
  const triple = quote.repeat(3)
  const delimiter = text.startsWith(triple, from) ? triple : quote
  let at = from + delimiter.length
  while (at < text.length) {
    if (text[at] === '\\') at += 2
    else if (text.startsWith(delimiter, at)) return at + delimiter.length - 1
    else at += 1
  }
  return undefined
}

/** The expression that the whole text is, if it is one. */
export function onlyExpression(text: string): Expression | undefined {
  const solid = (partsOf(text) ?? []).filter((part) => part.type === 'expression' || part.text.trim() !== '')
  const [only] = solid
  return solid.length === 1 && only?.type === 'expression' ? only.text : undefined
}

/** The template with what its expressions give. A text without expressions is itself. */
export function render(template: Template, scope: Scope): Answer<Json> {
  if (typeof template === 'string') return renderText(template, scope)
  if (typeof template !== 'object' || template === null) return accepted(template)
  if (Array.isArray(template)) {
    const items: Json[] = []
    for (const each of template) {
      const item = render(each, scope)
      if (!item.ok) return item
      items.push(item.value)
    }
    return accepted(items)
  }
  const entries: [string, Json][] = []
  for (const [key, each] of Object.entries(template)) {
    const value = render(each, scope)
    if (!value.ok) return value
    entries.push([key, value.value])
  }
  return accepted(Object.fromEntries(entries))
}

function renderText(text: string, scope: Scope): Answer<Json> {
  if (!text.includes('{{')) return accepted(text)
  const only = onlyExpression(text)
  if (only !== undefined) return located(only, evaluate(only, scope))
  const parts = partsOf(text)
  if (parts === undefined) return refused('invalid_request', `an expression has no end: ${text.slice(0, 100)}`)
  let out = ''
  for (const part of parts) {
    if (part.type === 'text') {
      out += part.text
      continue
    }
    const answer = located(part.text, evaluate(part.text, scope))
    if (!answer.ok) return answer
    out += typeof answer.value === 'string' ? answer.value : JSON.stringify(answer.value)
  }
  return accepted(out)
}

/** A refusal says which expression it is about. */
const located = (text: Expression, answer: Answer<Json>): Answer<Json> =>
  answer.ok ? answer : refused(answer.refusal.code, `{{ ${text.slice(0, 200)} }}: ${answer.refusal.message}`)
