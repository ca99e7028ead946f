/**
 * The text of a flow, checked: its definition, or all that is wrong with it at once. What is malformed is left out, and
 * the rest is still looked at; only what would follow from the gap (a task that nothing leads to) is not reported then.
 */
import type { z } from 'zod'
import { type FlowFile, flowFile } from '../../schemas/flow/file.ts'
import type { FlowProblem } from '../../schemas/flow/saving.ts'
import type { Json } from '../../schemas/values.ts'
import { contentHash } from './canonical.ts'
import { compileFlow } from './compile.ts'
import type { FlowDefinition } from './definition.ts'
import { schemaProblems } from './input-schema.ts'
import type { Path, Places } from './places.ts'
import { ExpressionScan } from './scan-expressions.ts'
import { scanGraph } from './scan-graph.ts'
import { readSource } from './source.ts'

export interface CheckedFlow {
  definition: FlowDefinition
  /** As the file says. */
  version?: number
  hash: string
}

export type FlowCheck = { ok: true; flow: CheckedFlow } | { ok: false; problems: FlowProblem[] }

export const problemsShown = 200

/** `name`: what it is saved as, if it is. */
export function checkFlow(text: string, name?: string): FlowCheck {
  const { value, places, problems } = readSource(text)
  if (value === undefined || problems.length > 0) return { ok: false, problems: inOrder(problems) }
  const { file, structural } = readFile(value, places)
  problems.push(...structural)
  if (file !== undefined) {
    const isWhole = structural.length === 0
    const names = namesOf(value)
    problems.push(...scanGraph(file, names, places, isWhole))
    problems.push(...new ExpressionScan(file, names, places).run())
    for (const { path, message } of file.input === undefined ? [] : schemaProblems(file.input)) {
      problems.push(places.problem(['input', ...path], message))
    }
    if (name !== undefined && file.flow !== name) {
      problems.push(places.problem(['flow'], `the flow is called ${file.flow}, and is saved as ${name}`))
    }
  }
  if (problems.length > 0 || file === undefined) return { ok: false, problems: inOrder(problems) }
  const definition = compileFlow(file)
  const { version } = file
  const content: Json = JSON.parse(JSON.stringify({ definition, version }))
  return { ok: true, flow: { definition, ...(version !== undefined && { version }), hash: contentHash(content) } }
}

const inOrder = (problems: FlowProblem[]): FlowProblem[] =>
  problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, problemsShown)

/** Tasks are known by name even where what they are is malformed. */
function namesOf(value: Json): Set<string> {
  const tasks = typeof value === 'object' && value !== null && !Array.isArray(value) ? value['tasks'] : undefined
  return new Set(typeof tasks === 'object' && tasks !== null ? Object.keys(tasks) : [])
}

/** Each round leaves out what the last one found; what lies below another problem shows in the next. */
const rounds = 6

function readFile(value: Json, places: Places): { file?: FlowFile; structural: FlowProblem[] } {
  const structural: FlowProblem[] = []
  const left = new Set<string>()
  const rest = structuredClone(value)
  for (let round = 0; round < rounds; round += 1) {
    const parsed = flowFile.safeParse(rest)
    if (parsed.success) return { file: parsed.data, structural }
    const flaws = parsed.error.issues.flatMap((issue) => flawsOf(issue))
    for (const { path, message, isKey } of flaws) {
      const wasLeft = left.has(JSON.stringify(path))
      // What was left out is now missing: that was said already.
      if (!wasLeft) structural.push(places.problem(path, message, isKey ? 'key' : 'value'))
    }
    if (flaws.some(({ path }) => path.length === 0)) return { structural }
    for (const text of new Set(flaws.map(({ path }) => JSON.stringify(path)))) {
      for (const gone of leaveOut(rest, JSON.parse(text))) left.add(JSON.stringify(gone))
    }
  }
  return { structural }
}

interface Flaw {
  path: Path
  message: string
  isKey?: boolean
}

function flawsOf(issue: z.core.$ZodIssue, above: Path = []): Flaw[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: `unknown key ${key}`, isKey: true }))
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, message, isKey: true }))
    case 'invalid_union': {
      // What came nearest: the alternative that is wrong somewhere within says more than those of another type.
      const nearest = issue.errors.find((issues) =>
        issues.every((each) => each.path.length > 0 || each.code === 'unrecognized_keys'),
      )
      if (nearest !== undefined) return nearest.flatMap((each) => flawsOf(each, path))
      const messages = issue.errors.flatMap((issues) => issues.map((each) => each.message))
      return [{ path, message: [...new Set(messages)].join('; or ') }]
    }
    default:
      return [{ path, message: issue.message }]
  }
}

/** What a flow must have, where it has it wrong: with this the rest can be looked at. */
const standIns: Record<string, Json> = { flow: 'unnamed', tasks: {} }

/** Takes out what stands there, or what needs it where nothing does. @returns what is gone */
function leaveOut(root: Json, path: Path): Path[] {
  const [first, second] = path
  if (typeof root !== 'object' || root === null || Array.isArray(root) || first === undefined) return []
  const standIn = standIns[first]
  if (standIn !== undefined && second === undefined) {
    root[first] = structuredClone(standIn)
    return [path]
  }
  const parent = path.slice(0, -1)
  const key = path.at(-1) ?? ''
  const owner = valueAt(root, parent)
  if (typeof owner !== 'object' || owner === null) return []
  // An item of a list cannot be left out without moving the others: the list goes.
  if (Array.isArray(owner)) return [path, ...leaveOut(root, parent)]
  if (!Object.hasOwn(owner, key)) return [path, ...leaveOut(root, parent)]
  delete owner[key]
  return [path]
}

function valueAt(root: Json, path: Path): Json | undefined {
  let value: Json | undefined = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Array.isArray(value) ? value[Number(part)] : value[part]
  }
  return value
}
