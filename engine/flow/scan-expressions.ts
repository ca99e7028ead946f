/** Every expression of a flow: whether it is one, and whether what it names is there. */
import type { FlowFile, FlowFileTask } from '../../schemas/flow/file.ts'
import type { FlowProblem } from '../../schemas/flow/saving.ts'
import type { Json } from '../../schemas/values.ts'
import { inspect } from './expression.ts'
import type { Path, Places } from './places.ts'
import { onlyExpression, partsOf } from './template.ts'

/** What stands for something already; an item may not be called so. */
export const namespaces: ReadonlySet<string> = new Set(['input', 'vars', 'tasks', 'item', 'index', 'execution'])

/** What `reading.ts` gives of each task, and of the execution. */
const taskFields = new Set(['status', 'visits', 'succeeded', 'failed', 'skipped', 'total', 'items', 'output'])
const executionFields = new Set(['id', 'run', 'flow', 'version'])

interface Surroundings {
  names: ReadonlySet<string>
  /** Whether there is a task that has just closed. */
  hasOutcome: boolean
}

export class ExpressionScan {
  readonly problems: FlowProblem[] = []
  readonly #file: FlowFile
  /** Also of those that are malformed. */
  readonly #taskNames: ReadonlySet<string>
  readonly #places: Places
  readonly #variables: ReadonlySet<string>
  /** Undefined: the schema leaves open what else there is. */
  readonly #inputFields: ReadonlySet<string> | undefined

  constructor(file: FlowFile, taskNames: ReadonlySet<string>, places: Places) {
    this.#file = file
    this.#taskNames = taskNames
    this.#places = places
    const edges = Object.values(file.tasks).flatMap(({ next }) => next ?? [])
    this.#variables = new Set([...Object.keys(file.vars ?? {}), ...edges.flatMap(({ publish }) => Object.keys(publish ?? {}))])
    this.#inputFields = fieldsOf(file.input)
  }

  run(): FlowProblem[] {
    const early: Surroundings = { names: new Set(['input', 'execution']), hasOutcome: false }
    const anywhere: Surroundings = { names: new Set(['input', 'execution', 'vars', 'tasks']), hasOutcome: false }
    this.#template(this.#file.vars, ['vars'], early)
    for (const [name, task] of Object.entries(this.#file.tasks)) this.#task(task, ['tasks', name], anywhere)
    this.#template(this.#file.output, ['output'], anywhere)
    return this.problems
  }

  #task(task: FlowFileTask, path: Path, outside: Surroundings): void {
    const { with_items: items } = task
    const inside = items === undefined ? outside : itemSurroundings(outside, typeof items === 'string' ? undefined : items.as)
    this.#template(task.input, [...path, 'input'], inside)
    if (typeof items === 'string') this.#only(items, [...path, 'with_items'], outside)
    else if (items !== undefined) {
      if (typeof items.in === 'string') this.#only(items.in, [...path, 'with_items', 'in'], outside)
      else this.#template(items.in, [...path, 'with_items', 'in'], outside)
      this.#template(items.key, [...path, 'with_items', 'key'], inside)
    }
    if (typeof task.concurrency === 'string') this.#only(task.concurrency, [...path, 'concurrency'], outside)
    this.#template(task.wait_for?.signal, [...path, 'wait_for', 'signal'], outside)
    this.#template(task.wait_for?.promise, [...path, 'wait_for', 'promise'], outside)
    for (const [index, edge] of (task.next ?? []).entries()) {
      const here = [...path, 'next', index]
      const leaving = { ...outside, hasOutcome: true }
      if (edge.when !== undefined) this.#only(edge.when, [...here, 'when'], leaving)
      this.#template(edge.publish, [...here, 'publish'], leaving)
    }
  }

  /** Where a text must be one expression. */
  #only(text: string, path: Path, surroundings: Surroundings): void {
    const expression = onlyExpression(text)
    if (expression === undefined) this.#report(path, 'this is one expression: {{ … }} and nothing around it')
    else this.#expression(expression, path, surroundings)
  }

  #template(template: Json | undefined, path: Path, surroundings: Surroundings): void {
    if (typeof template === 'string') {
      const parts = partsOf(template)
      if (parts === undefined) this.#report(path, 'an expression that begins with {{ has no end }}')
      for (const part of parts ?? []) if (part.type === 'expression') this.#expression(part.text, path, surroundings)
    } else if (Array.isArray(template)) {
      for (const [index, each] of template.entries()) this.#template(each, [...path, index], surroundings)
    } else if (typeof template === 'object' && template !== null) {
      for (const [key, each] of Object.entries(template)) {
        if (key.includes('{{')) this.#report([...path, key], 'keys hold no expressions', 'key')
        this.#template(each, [...path, key], surroundings)
      }
    }
  }

  #expression(text: string, path: Path, { names, hasOutcome }: Surroundings): void {
    const inspected = inspect(text)
    if ('problem' in inspected) {
      const { offset, message } = inspected.problem
      this.#report(path, `${message}, at character ${offset + 1} of the expression ${shown(text)}`)
      return
    }
    const { reads } = inspected
    const report = (message: string) => this.#report(path, `${message}, in the expression ${shown(text)}`)
    for (const { name } of reads.loops) {
      if (names.has(name) || namespaces.has(name))
        report(`\`${name}\` has a meaning already: call the variable of the loop something else`)
    }
    for (const { name } of reads.outcome) {
      if (!hasOutcome) report(`\`${name}()\` is only known to the edges of a task`)
    }
    for (const { name, field, member } of reads.names) {
      if (!names.has(name)) report(`\`${name}\` is not known here: there is ${[...names].join(', ')}`)
      else if (field !== undefined) this.#field(name, field, member, report)
    }
  }

  #field(name: string, field: string, member: string | undefined, report: (message: string) => void): void {
    if (name === 'tasks' && !this.#taskNames.has(field)) report(`there is no task \`${field}\``)
    if (name === 'tasks' && member !== undefined && !taskFields.has(member)) {
      report(`a task has no \`${member}\`: it has ${[...taskFields].join(', ')}`)
    }
    if (name === 'execution' && !executionFields.has(field)) {
      report(`the execution has no \`${field}\`: it has ${[...executionFields].join(', ')}`)
    }
    if (name === 'vars' && !this.#variables.has(field)) report(`nothing sets a variable \`${field}\``)
    if (name === 'input' && this.#inputFields !== undefined && !this.#inputFields.has(field)) {
      report(`the schema of the input has no property \`${field}\``)
    }
  }

  #report(path: Path, message: string, at: 'value' | 'key' = 'value'): void {
    this.problems.push(this.#places.problem(path, message, at))
  }
}

const shown = (text: string): string => `\`${text.length > 100 ? `${text.slice(0, 100)}…` : text}\``

const itemSurroundings = (outside: Surroundings, as = 'item'): Surroundings => ({
  ...outside,
  names: new Set([...outside.names, as, 'item', 'index']),
})

function fieldsOf(schema: FlowFile['input']): Set<string> | undefined {
  const properties = schema?.['properties']
  if (schema?.['additionalProperties'] !== false || typeof properties !== 'object' || properties === null) return undefined
  return Array.isArray(properties) ? undefined : new Set(Object.keys(properties))
}
