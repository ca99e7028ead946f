/** Which tasks of a flow lead where. */
import type { FlowFile, FlowFileTask } from '../../schemas/flow/file.ts'

export const targetsOf = (task: FlowFileTask): string[] => (task.next ?? []).flatMap((edge) => edge.do ?? [])

/** Tasks with an edge to each task, each once, in the order of the file. */
export function sourcesOf({ tasks }: FlowFile): Map<string, string[]> {
  const sources = new Map<string, Set<string>>()
  for (const [name, task] of Object.entries(tasks)) {
    for (const target of targetsOf(task)) sources.set(target, (sources.get(target) ?? new Set()).add(name))
  }
  return new Map([...sources].map(([target, from]) => [target, [...from]]))
}

/** Tasks without an edge from another task; those that only a cancellation starts are not among them. */
export function startOf(file: FlowFile): string[] {
  const sources = sourcesOf(file)
  const onCancel = new Set(file.on_cancel)
  return Object.keys(file.tasks).filter(
    (name) => !onCancel.has(name) && (sources.get(name) ?? []).every((source) => source === name),
  )
}

/** Tasks that no path reaches, from the start or from a cancellation. */
export function unreachableIn(file: FlowFile): string[] {
  const reached = new Set<string>()
  const rest = [...startOf(file), ...(file.on_cancel ?? [])]
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    const task = file.tasks[name]
    if (task === undefined || reached.has(name)) continue
    reached.add(name)
    rest.push(...targetsOf(task))
  }
  return Object.keys(file.tasks).filter((name) => !reached.has(name))
}
