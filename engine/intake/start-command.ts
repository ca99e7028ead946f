/** A start as the engine takes it: with what a client left open filled in, values as text, sizes checked. */
import type { Refusal } from '../../schemas/errors.ts'
import type { StartRequest } from '../../schemas/executions.ts'
import { type Limits, limits as usual } from '../../schemas/limits.ts'
import type { StartCommand } from '../execution/commands.ts'
import { PayloadText } from './payload-text.ts'

export interface StartContext {
  org: string
  executionId: string
  /** Those of the organisation. */
  limits: { [Name in keyof Limits]?: number | undefined }
  /** When the id came from an Idempotency-Key. */
  bodyHash?: string
}

export function startCommandOf(request: StartRequest, context: StartContext): StartCommand | Refusal {
  const { org, executionId, limits, bodyHash } = context
  const texts = new PayloadText(limits.payloadBytes ?? usual.payloadBytes)
  const side = new PayloadText(usual.attributeBytes)
  if (request.attributes) side.of(request.attributes, 'attributes')
  if (request.headers) side.of(request.headers, 'headers')
  const command: StartCommand = {
    org,
    executionId,
    kind: request.kind,
    queue: request.queue ?? 'default',
    ...texts.field('input', request.input, 'input'),
    ...texts.field('memo', request.memo, 'memo'),
    ...(request.timeoutMs !== undefined && { timeoutMs: request.timeoutMs }),
    ...(request.startAfterMs !== undefined && { startAfterMs: request.startAfterMs }),
    ...(request.attributes && { attributes: request.attributes }),
    ...(request.headers && { headers: request.headers }),
    idReuse: request.idReuse ?? 'USE_EXISTING',
    onConflict: request.onConflict ?? 'USE_EXISTING',
    ...(bodyHash !== undefined && { bodyHash }),
    limits: {
      openTasks: limits.openTasks ?? usual.openTasks,
      eventsPerRun: limits.eventsPerRun ?? usual.eventsPerRun,
    },
  }
  return texts.refusal ?? side.refusal ?? command
}
