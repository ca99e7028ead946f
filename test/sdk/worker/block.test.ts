/** How long a block is: the worker's reckoning against the real rules. A wrong one would hide events from a kept run (L4). */
import { expect, test } from 'vitest'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { type Command, type CommandType, closingCommandTypes } from '../../../schemas/commands.ts'
import { blockLength } from '../../../sdk/worker/block.ts'
import { Specimen } from '../../engine/execution/specimen.ts'

const before: WorkflowCommand[] = [
  { type: 'SCHEDULE_TASK', taskId: 'task-1', kind: 'work' },
  { type: 'START_TIMER', timerId: 'timer-1', durationMs: 1_000 },
  { type: 'START_CHILD_WORKFLOW', childId: 'child-1', kind: 'album' },
  { type: 'SET_STATE', key: 'k', value: '1' },
]

/** Of those that the SDK makes, with values as the wire has them; here none has one that is more than a number. */
const commands: { [type in CommandType]?: Command } = {
  SCHEDULE_TASK: { type: 'SCHEDULE_TASK', taskId: 'task-2', kind: 'work' },
  CANCEL_TASK: { type: 'CANCEL_TASK', taskId: 'task-1' },
  START_TIMER: { type: 'START_TIMER', timerId: 'timer-2', durationMs: 1_000 },
  CANCEL_TIMER: { type: 'CANCEL_TIMER', timerId: 'timer-1' },
  CREATE_PROMISE: { type: 'CREATE_PROMISE', promiseId: 'promise-1', name: 'p' },
  START_CHILD_WORKFLOW: { type: 'START_CHILD_WORKFLOW', childId: 'child-2', kind: 'album' },
  CANCEL_CHILD_WORKFLOW: { type: 'CANCEL_CHILD_WORKFLOW', childId: 'child-1' },
  SIGNAL_WORKFLOW: { type: 'SIGNAL_WORKFLOW', requestId: 'external-1', executionId: 'other', name: 's' },
  CANCEL_WORKFLOW_EXECUTION: { type: 'CANCEL_WORKFLOW_EXECUTION', requestId: 'external-2', executionId: 'other' },
  CLEAR_STATE: { type: 'CLEAR_STATE', key: 'k' },
  SET_ATTRIBUTES: { type: 'SET_ATTRIBUTES', attributes: { a: 1 } },
  COMPLETE_WORKFLOW: { type: 'COMPLETE_WORKFLOW' },
  CANCEL_WORKFLOW: { type: 'CANCEL_WORKFLOW', reason: 'why' },
}

/** The log of a run, before and after an answer with these commands. */
function grown(answer: Command[]): number {
  const specimen = Specimen.running(before)
  specimen.complete({ id: 'task-1', attempt: 1 })
  const parcel = specimen.activate()
  const { length } = specimen.log
  const said = specimen.answer(parcel, answer.map(inRules), { observed: true })
  if (!said.ok) throw new Error(said.refusal.message)
  return specimen.log.length - length
}

function inRules(command: Command): WorkflowCommand {
  if ('value' in command || 'input' in command || 'payload' in command || 'output' in command || 'failure' in command) {
    throw new Error('this test has no values')
  }
  return command as WorkflowCommand
}

test.each(Object.entries(commands))('L4: a block with %s', (_, command) => {
  const length = blockLength([command])
  if (command.type === 'CANCEL_TASK' || command.type === 'CANCEL_CHILD_WORKFLOW') expect(length).toBeUndefined()
  else if (command.type === 'COMPLETE_WORKFLOW' || command.type === 'CANCEL_WORKFLOW') expect(grown([command])).toBe(1)
  else expect(length).toBe(grown([command]))
})

test('L4: a block with all that are certain, and one with none', () => {
  const certain = Object.values(commands).filter(
    (command) => !closingCommandTypes.has(command.type) && blockLength([command]) !== undefined,
  )
  expect(certain).toHaveLength(9)
  expect(blockLength(certain)).toBe(grown(certain))
  expect(blockLength([])).toBe(grown([]))
})
