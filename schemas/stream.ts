/** The live stream of an execution: what is asked of it, and what a task's code sends on it. */
import { z } from 'zod'
import { run } from './identity.ts'
import { numberText, payload } from './values.ts'

/** The WebSocket form: one JSON message each, `End` before close 1000. */
export const streamSubprotocol = 'perdure.stream.v1'

/** `after` is a sequence, or `<run>-<sequence>` as in the `id:` of an event. */
export const streamQuery = z.strictObject({
  after: z
    .string()
    .regex(/^(\d{1,9}-)?\d{1,9}$/, 'after is a sequence, or <run>-<sequence>')
    .optional(),
  run: numberText(run).optional(),
  /** With an `event:` line for each type, for listeners by name. */
  named: z.enum(['true', 'false']).optional(),
})

/** Position among the frames of one attempt, from 0: a jump tells of a loss. */
const index = z.number().int().min(0)

/** A frame as a task's code made it. */
export const taskFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Token'), index, text: z.string() }),
  z.strictObject({ type: z.literal('Progress'), index, value: z.number().min(0).max(1), details: payload.optional() }),
  z.strictObject({ type: z.literal('Data'), index, data: payload }),
  z.strictObject({ type: z.literal('Error'), index, message: z.string(), details: payload.optional() }),
  z.strictObject({
    type: z.literal('Log'),
    index,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
    fields: payload.optional(),
  }),
])
export type TaskFrame = z.infer<typeof taskFrame>
export type TaskFrameType = TaskFrame['type']

/** Frames of a report: what is sent at once. */
export const taskFrames = z.array(taskFrame).min(1).max(1_000)
