/** Names of things: who may be called what. */
import { z } from 'zod'

export const orgName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an organisation is 1 to 63 of a-z 0-9 -, beginning with a letter or digit')

const reservedIds = new Set(['count', '.', '..', 'signal-with-start'])

export const executionId = z
  .string()
  .min(1, 'an execution id has at least 1 character')
  .max(200, 'an execution id has at most 200 characters')
  .regex(/^[A-Za-z0-9._~:-]*$/, 'an execution id is made of A-Z a-z 0-9 . _ ~ : -')
  .refine((id) => !reservedIds.has(id), 'this id is reserved')

export const queueName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,100}$/, 'a queue is 1 to 100 of A-Z a-z 0-9 . _ -')
  // Addresses lose them on the way: no worker could ask for the work.
  .refine((queue) => queue !== '.' && queue !== '..', 'a queue is not . or ..')

/** Kinds, and names of signals, queries, updates, promises and state keys. */
export const name = z
  .string()
  .min(1, 'a name has at least 1 character')
  .max(200, 'a name has at most 200 characters')
  .regex(/^[^\p{Cc}/]*$/u, 'a name has no control characters and no /')
  // A disk keeps UTF-8, which has no half pairs: the name would be another one after a restart.
  .refine((text) => !/\p{Cs}/u.test(text), 'a name has no half of a surrogate pair')

export const kind = name

/** A promise's name never looks like a promise's id: requests take either. */
export const promiseName = name.refine((text) => !/^promise-\d+$/.test(text), 'a promise name is not promise-N')

export const signalId = z.string().min(1).max(200)

export const run = z.number().int().min(1)
export const sequence = z.number().int().min(0)
export const attempt = z.number().int().min(1)

export const taskId = z.string().regex(/^task-[1-9]\d{0,8}$/, 'a task id is task-N')
export const timerId = z.string().regex(/^timer-[1-9]\d{0,8}$/, 'a timer id is timer-N')
export const promiseId = z.string().regex(/^promise-[1-9]\d{0,8}$/, 'a promise id is promise-N')
export const childId = z.string().regex(/^child-[1-9]\d{0,8}$/, 'a child id is child-N')
/** Of a signal or a cancellation that the workflow sends to another execution. */
export const externalId = z.string().regex(/^external-[1-9]\d{0,8}$/, 'the id of an external request is external-N')
export const operationId = z.string().regex(/^operation-[1-9]\d{0,8}$/, 'an operation id is operation-N')
export const activationId = z.string().regex(/^activation-[1-9]\d{0,8}$/, 'an activation id is activation-N')

/** An attempt and the proof that the execution gave it: `attempt.mac`. */
export const token = z.string().regex(/^\d{1,9}\.[A-Za-z0-9_-]{1,64}$/, 'a token is attempt.mac')

export const workerId = name
export const sessionId = z.string().min(1).max(100)
export const requestId = z.string().min(1).max(200)
