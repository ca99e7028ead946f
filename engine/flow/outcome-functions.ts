/** What edges ask of the task that has just closed. */
const names = ['succeeded', 'failed', 'timed_out', 'cancelled', 'always', 'result'] as const

export type OutcomeFunction = (typeof names)[number]

/** Where their answers are while an expression is evaluated. Authors cannot name it: names that are not in scope are refused. */
export const outcomeVariable = 'outcome_of_the_task'

export const outcomeFunctions: { has(name: string): name is OutcomeFunction } = {
  has: (name): name is OutcomeFunction => (names as readonly string[]).includes(name),
}
