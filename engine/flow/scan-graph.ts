/** What one key of a flow means for another, and whether every task can be reached. */
import type { FlowFile, FlowFileTask } from '../../schemas/flow/file.ts'
import { flowOfKind } from '../../schemas/flow/names.ts'
import type { FlowProblem } from '../../schemas/flow/saving.ts'
import { sourcesOf, startOf, unreachableIn } from './graph.ts'
import type { Path, Places } from './places.ts'
import { namespaces } from './scan-expressions.ts'

/** `isWhole`: nothing of the file was left out because it was malformed, so that what is not there is really missing. */
export function scanGraph(file: FlowFile, names: ReadonlySet<string>, places: Places, isWhole: boolean): FlowProblem[] {
  const problems: FlowProblem[] = []
  const report = (path: Path, message: string, at: 'value' | 'key' = 'value') => {
    problems.push(places.problem(path, message, at))
  }
  for (const [name, task] of Object.entries(file.tasks)) {
    const path = ['tasks', name]
    scanAction(task, path, report, isWhole)
    scanItems(task, path, report)
    if (task.on_unreachable !== undefined && task.join === undefined && isWhole) {
      report([...path, 'on_unreachable'], '`on_unreachable` goes with `join`', 'key')
    }
    for (const [index, edge] of (task.next ?? []).entries()) {
      const here = [...path, 'next', index]
      if (Object.keys(edge).length === 0 && isWhole) report(here, 'an edge has at least one of when, publish, do')
      scanTargets(edge.do ?? [], names, [...here, 'do'], report)
    }
  }
  scanTargets(file.on_cancel ?? [], names, ['on_cancel'], report)
  if (!isWhole) return problems

  if (names.size === 0) report(['tasks'], 'a flow has at least one task')
  else if (startOf(file).length === 0) {
    report(['tasks'], 'nothing begins: every task has an edge from another; put a task before them')
  } else {
    for (const name of unreachableIn(file)) report(['tasks', name], `nothing leads to the task ${name}`, 'key')
  }
  const sources = sourcesOf(file)
  for (const [name, { join }] of Object.entries(file.tasks)) {
    const edges = sources.get(name)?.length ?? 0
    if (join === undefined) continue
    if (edges === 0) report(['tasks', name, 'join'], 'no edge leads here: there is nothing to join')
    else if (join !== 'all' && join > edges) {
      report(['tasks', name, 'join'], `join waits for ${join} tasks, and edges of ${edges} lead here`)
    }
  }
  return problems
}

type Report = (path: Path, message: string, at?: 'value' | 'key') => void

function scanTargets(targets: string[], names: ReadonlySet<string>, path: Path, report: Report): void {
  const seen = new Set<string>()
  for (const [index, target] of targets.entries()) {
    if (!names.has(target)) report([...path, index], `there is no task ${target}`)
    else if (seen.has(target)) report([...path, index], `${target} is there twice`)
    seen.add(target)
  }
}

const actions = ['task', 'flow', 'wait_for'] as const

/** Keys that say nothing to some actions: taken there they would do nothing. */
const notFor = {
  task: [],
  flow: ['retry', 'priority'],
  wait_for: ['input', 'retry', 'priority', 'queue', 'with_items'],
} as const satisfies Record<(typeof actions)[number], readonly (keyof FlowFileTask)[]>

function scanAction(task: FlowFileTask, path: Path, report: Report, isWhole: boolean): void {
  const given = actions.filter((action) => task[action] !== undefined)
  if (given.length > 1) report(path, `a task has one of task, flow, wait_for; this has ${given.join(' and ')}`, 'key')
  if (given.length === 0 && isWhole) report(path, 'a task has one of task, flow, wait_for', 'key')
  const [action] = given
  if (given.length === 1 && action !== undefined) {
    for (const key of notFor[action]) {
      if (task[key] !== undefined) report([...path, key], `\`${key}\` means nothing beside \`${action}\``, 'key')
    }
  }
  if (task.flow !== undefined && flowOfKind(`flow:${task.flow}`) === undefined) {
    report([...path, 'flow'], 'a flow is named `name` or `name@version`')
  }
  if (task.task?.startsWith('flow:')) report([...path, 'task'], 'another flow is run by `flow`, not by `task`')
  const { wait_for: wait } = task
  if (wait !== undefined && isWhole && (wait.signal === undefined) === (wait.promise === undefined)) {
    report([...path, 'wait_for'], '`wait_for` has one of signal, promise')
  }
}

function scanItems(task: FlowFileTask, path: Path, report: Report): void {
  const { with_items: items } = task
  if (items === undefined) {
    if (task.concurrency !== undefined) report([...path, 'concurrency'], '`concurrency` goes with `with_items`', 'key')
    return
  }
  if (typeof items === 'string') return
  const { as, tolerate, on_item_failure: policy } = items
  if (as !== undefined && as !== 'item' && (namespaces.has(as) || reserved.has(as))) {
    report([...path, 'with_items', 'as'], `\`${as}\` has a meaning already: call the item something else`)
  }
  if (typeof items.in !== 'string' && !Array.isArray(items.in)) {
    report([...path, 'with_items', 'in'], '`in` is a list, or an expression that gives one')
  }
  if (tolerate !== undefined && tolerate.count === undefined && tolerate.percent === undefined) {
    report([...path, 'with_items', 'tolerate'], '`tolerate` has count, percent or both')
  }
  if (tolerate !== undefined && policy === 'continue') {
    report([...path, 'with_items', 'tolerate'], '`tolerate` means nothing beside `on_item_failure: continue`', 'key')
  }
}

/** Words of the expression language, and its own functions. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
