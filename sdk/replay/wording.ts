/** How calls are named, in the log as in the code: equal words mean the same call, and authors read them. */

/** Calls that are counted, each type by itself; `task-3` is the third of its type. */
export type CountedType = 'task' | 'timer' | 'promise' | 'child' | 'operation' | 'external' | 'state' | 'attributes'

const quoted = (name: string): string => JSON.stringify(name)

export const wording = {
  task: (kind: string) => `task ${quoted(kind)}`,
  timer: () => 'timer',
  promise: (name: string) => `promise ${quoted(name)}`,
  child: (kind: string) => `child ${quoted(kind)}`,
  operation: (name: string) => `run ${quoted(name)}`,
  signal: (name: string, executionId: string) => `signal ${quoted(name)} to ${quoted(executionId)}`,
  cancel: (executionId: string) => `cancel of ${quoted(executionId)}`,
  setState: (key: string) => `state.set ${quoted(key)}`,
  clearState: (key: string) => `state.delete ${quoted(key)}`,
  attributes: () => 'setAttributes',
} as const

/** Any call of a type. */
export const wordOf: Record<CountedType, string> = {
  task: 'task',
  timer: 'timer',
  promise: 'promise',
  child: 'child',
  operation: 'run',
  external: 'signal or cancel of another execution',
  state: 'change of state',
  attributes: 'setAttributes',
}
