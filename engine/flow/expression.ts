/**
 * Expressions of flows: CEL, without clock or randomness, and within bounds. The only file that knows the library.
 *
 * JSON numbers are doubles and CEL's literals are integers, so operators between the two are added: `vars.n == 3` is what
 * it looks like. Functions of the outcome (`result()`, `failed()`) are no functions of the library: each is rewritten to a
 * field of a variable, so that an expression depends on its scope alone.
 */
import { type ASTNode, Environment, EvaluationError, ParseError, TypeError as TypeProblem } from '@marcbachmann/cel-js'
import type { Json } from '../../schemas/values.ts'
import { type Answer, refused } from '../answer.ts'
import type { Expression } from './definition.ts'
import { jsonOf } from './expression-value.ts'
import { type OutcomeFunction, outcomeFunctions, outcomeVariable } from './outcome-functions.ts'
import { type Reads, readsOf } from './reads.ts'
import type { Scope } from './scope.ts'
import { childrenOf } from './syntax-tree.ts'

export const expressionLimits = { nodes: 500, depth: 30, characters: 10_000 } as const

const environment = makeEnvironment()

function makeEnvironment(): Environment {
  const made = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: expressionLimits.nodes, maxDepth: expressionLimits.depth },
  })
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  }
  type Operand = number | bigint
  for (const [operator, apply] of Object.entries(arithmetic)) {
    const mixed = (a: Operand, b: Operand) => apply(Number(a), Number(b))
    made.registerOperator(`double ${operator} int`, mixed)
    made.registerOperator(`int ${operator} double`, mixed)
  }
  made.registerOperator('double % double', (a: number, b: number) => a % b)
  made.registerOperator('double == int', (a: number, b: bigint) => a === Number(b))
  return made
}

type Compiled = (context: Record<string, unknown>) => unknown

/** Those used last stay compiled: a fan-out evaluates the same few again and again. */
const compiled = new Map<string, Compiled>()
const compiledKept = 1_000

export function evaluate(text: Expression, scope: Scope): Answer<Json> {
  try {
    const run = compiled.get(text) ?? keep(text, compile(text))
    return jsonOf(run({ ...scope.values, [outcomeVariable]: fieldsOf(scope) }))
  } catch (error) {
    return refused('invalid_request', messageOf(error))
  }
}

export interface ExpressionProblem {
  /** From the beginning of the expression. */
  offset: number
  message: string
}

/** What it reads, or why it is no expression that a flow may have. */
export function inspect(text: Expression): { reads: Reads } | { problem: ExpressionProblem } {
  if (text.length > expressionLimits.characters) {
    return { problem: { offset: 0, message: `an expression has at most ${expressionLimits.characters} characters` } }
  }
  try {
    // First what is refused by us: it says more than that a function is not there.
    const inspected = readsOf(environment.parse(text).ast)
    if ('reads' in inspected) compile(text)
    return inspected
  } catch (error) {
    const offset = error instanceof ParseError || error instanceof TypeProblem ? (error.range?.start ?? 0) : 0
    return { problem: { offset, message: messageOf(error) } }
  }
}

function compile(text: Expression): Compiled {
  const first = environment.parse(text)
  const calls = outcomeCalls(first.ast)
  const parsed = calls.length === 0 ? first : environment.parse(rewritten(text, calls))
  const checked = parsed.check()
  if (!checked.valid) throw checked.error ?? new TypeError('the expression is not valid')
  return (context) => parsed(context)
}

function keep(text: string, run: Compiled): Compiled {
  if (compiled.size >= compiledKept) compiled.clear()
  compiled.set(text, run)
  return run
}

interface OutcomeCall {
  start: number
  end: number
  name: OutcomeFunction
}

function outcomeCalls(node: ASTNode, found: OutcomeCall[] = []): OutcomeCall[] {
  if (node.op === 'call') {
    const [name, args] = node.args
    if (outcomeFunctions.has(name) && args.length === 0) found.push({ start: node.start, end: node.end, name })
  }
  for (const child of childrenOf(node)) outcomeCalls(child, found)
  return found
}

/** From the last to the first, so that the places of the others stay. */
function rewritten(text: string, calls: OutcomeCall[]): string {
  let out = text
  for (const { start, end, name } of calls.toSorted((a, b) => b.start - a.start)) {
    out = `${out.slice(0, start)}${outcomeVariable}.${name}${out.slice(end)}`
  }
  return out
}

/** Read when asked for: a result may be large. */
const fieldsOf = ({ outcome, result }: Scope): Record<OutcomeFunction, unknown> => ({
  succeeded: outcome === 'succeeded',
  failed: outcome === 'failed',
  timed_out: outcome === 'timed_out',
  cancelled: outcome === 'cancelled',
  always: true,
  get result() {
    return result?.() ?? null
  },
})

/** The library adds a drawing of the place to its messages. */
function messageOf(error: unknown): string {
  if (error instanceof ParseError || error instanceof EvaluationError || error instanceof TypeProblem) {
    return error.message.split('\n')[0] ?? error.name
  }
  return error instanceof RangeError ? 'the expression is too large' : String(error)
}
