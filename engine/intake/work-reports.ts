/** What workers say, as the engine takes it. A door for one piece of work says the same as a batch of one. */

import type { Failure } from '../../schemas/failure.ts'
import type { CompleteActivation, Report } from '../../schemas/reports.ts'
import type { TaskFrame } from '../../schemas/stream.ts'
import type { Json } from '../../schemas/values.ts'
import type { WorkReport } from '../execution/commands.ts'
import type { PayloadText } from './payload-text.ts'
import { awaitingOf, commandsOf } from './work-commands.ts'

interface Outcome {
  output?: Json | undefined
  failure?: Failure | undefined
}

export function outcomeOf({ output, failure }: Outcome, texts: PayloadText, path: string) {
  const at = (field: string) => (path === '' ? field : `${path}.${field}`)
  if (failure !== undefined) return { failure: texts.failure(failure, at('failure')) }
  return texts.field('output', output, at('output'))
}

type Answered = Pick<
  CompleteActivation,
  'snapshotSequence' | 'commands' | 'awaiting' | 'activationAt' | 'observed' | 'operationsOut'
>

export function activationAnswerOf(answer: Answered, texts: PayloadText, path: string) {
  return {
    type: 'activation' as const,
    snapshotSequence: answer.snapshotSequence,
    commands: commandsOf(answer.commands, texts, path === '' ? 'commands' : `${path}.commands`),
    awaiting: awaitingOf(answer.awaiting),
    observed: answer.observed ?? true,
    operationsOut: answer.operationsOut ?? [],
    ...(answer.activationAt !== undefined && { activationAt: answer.activationAt }),
  }
}

export const beatOf = (
  { details, handedOver }: { details?: Json | undefined; handedOver?: boolean | undefined },
  texts: PayloadText,
  path: string,
) => ({ ...texts.field('details', details, path), ...(handedOver === true && { handedOver }) })

export function reportOf(report: Report, texts: PayloadText, path: string): WorkReport {
  const subject = { run: report.run, id: report.id, token: report.token }
  switch (report.type) {
    case 'task':
      return { ...subject, type: 'task', ...outcomeOf(report, texts, path) }
    case 'operation':
      return { ...subject, type: 'operation', name: report.name, ...outcomeOf(report, texts, path) }
    case 'heartbeat':
      return { ...subject, type: 'heartbeat', ...beatOf(report, texts, `${path}.details`) }
    case 'frames':
      return {
        ...subject,
        type: 'frames',
        frames: report.frames.map((frame, at) => frameOf(frame, texts, `${path}.frames.${at}`)),
      }
    case 'activation':
      return { ...subject, ...activationAnswerOf(report, texts, path) }
  }
}

function frameOf({ type, index, ...fields }: TaskFrame, texts: PayloadText, path: string) {
  return { type, index, fields: texts.of(fields as Json, path) }
}
