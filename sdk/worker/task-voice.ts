/** What a task's context says aloud: its stream, its progress, its log, as frames. */
import { limits } from '../../schemas/limits.ts'
import type { Json } from '../../schemas/values.ts'
import type { LogFields, LogLevel } from '../definition/logger.ts'
import type { TaskContext } from '../definition/task-context.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { encodePayload } from '../values/payload.ts'
import type { FrameChannel, NewFrame } from './frame-channel.ts'

type Voice = Pick<TaskContext, 'stream' | 'progress'>

const optional = <Name extends string>(name: Name, value: unknown): { [Key in Name]?: Json } =>
  value === undefined ? {} : ({ [name]: encodePayload(value, name) } as { [Key in Name]: Json })

export const taskVoice = (channel: FrameChannel): Voice => ({
  stream: {
    token: (text) => channel.add(checked({ type: 'Token', text: String(text) })),
    data: (value) => channel.add(checked({ type: 'Data', data: encodePayload(value, 'data') })),
    error: (message, details) =>
      channel.add(checked({ type: 'Error', message: String(message), ...optional('details', details) })),
  },
  progress(value, details) {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`progress is a number from 0 to 1, not ${value}`)
    channel.add(checked({ type: 'Progress', value, ...optional('details', details) }))
  },
})

/** A line of the log never fails its task: what cannot be sent is left out of it. */
export function sayLog(channel: FrameChannel, level: LogLevel, message: string, fields: LogFields): void {
  try {
    const told = Object.keys(fields).length === 0 ? {} : optional('fields', fields)
    channel.add(checked({ type: 'Log', level, message, ...told }))
  } catch {
    channel.add({ type: 'Log', level, message: message.slice(0, limits.pageEvents) })
  }
}

/** @throws PerdureError `payload_too_large` */
function checked(frame: NewFrame): NewFrame {
  const characters = JSON.stringify(frame).length
  if (characters * 3 <= limits.payloadBytes) return frame
  const bytes = new TextEncoder().encode(JSON.stringify(frame)).length
  if (bytes <= limits.payloadBytes) return frame
  const message = `a ${frame.type} frame has ${bytes} bytes as JSON; at most ${limits.payloadBytes} are taken`
  throw new PerdureError(message, { code: 'payload_too_large' })
}
