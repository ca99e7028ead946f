/** Commands of workflow code as the engine takes them: checked in number, with values as text. */

import type { Awaiting } from '../../schemas/awaiting.ts'
import type { Command } from '../../schemas/commands.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { limits } from '../../schemas/limits.ts'
import type { Then } from '../../schemas/reports.ts'
import type { Speculation, WorkflowCommand } from '../execution/commands.ts'
import type { PayloadText } from './payload-text.ts'
import { present } from './present.ts'

export const tooManyCommands = (path: string): Refusal => ({
  code: 'invalid_request',
  message: `an activation is answered with at most ${limits.commandsPerActivation} commands`,
  errors: [{ path, message: `has more than ${limits.commandsPerActivation} commands` }],
})

export const commandsOf = (commands: Command[], texts: PayloadText, path: string): WorkflowCommand[] =>
  commands.map((command, index) => commandOf(command, texts, `${path}.${index}`))

function commandOf(command: Command, texts: PayloadText, path: string): WorkflowCommand {
  switch (command.type) {
    case 'SCHEDULE_TASK':
    case 'START_CHILD_WORKFLOW': {
      const { input, ...rest } = command
      return { ...present(rest), ...texts.field('input', input, `${path}.input`) }
    }
    case 'SET_STATE':
      return { ...command, value: texts.of(command.value, `${path}.value`) }
    case 'RESOLVE_PROMISE': {
      const { value, ...rest } = command
      return { ...rest, ...texts.field('value', value, `${path}.value`) }
    }
    case 'SIGNAL_WORKFLOW': {
      const { payload, ...rest } = command
      return { ...rest, ...texts.field('payload', payload, `${path}.payload`) }
    }
    case 'COMPLETE_WORKFLOW':
      return { type: command.type, ...texts.field('output', command.output, `${path}.output`) }
    case 'FAIL_WORKFLOW':
      return { type: command.type, failure: texts.failure(command.failure, `${path}.failure`).text }
    case 'CANCEL_TASK':
    case 'START_TIMER':
    case 'CANCEL_TIMER':
    case 'CREATE_PROMISE':
    case 'CANCEL_CHILD_WORKFLOW':
    case 'CANCEL_WORKFLOW_EXECUTION':
    case 'CLEAR_STATE':
    case 'SET_ATTRIBUTES':
    case 'CANCEL_WORKFLOW':
      return present(command)
  }
}

export const awaitingOf = (awaiting: Awaiting[] | undefined): Awaiting[] => awaiting ?? []

export function speculationOf(then: Then, texts: PayloadText, path: string): Speculation {
  return {
    run: then.run,
    basedOn: then.basedOn,
    activationAt: then.activationAt,
    commands: commandsOf(then.commands, texts, `${path}.commands`),
    awaiting: awaitingOf(then.awaiting),
  }
}
