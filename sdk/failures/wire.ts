/**
 * Failures to the wire and back. Whatever is thrown can be sent: what cannot be encoded is left out, and said so.
 */
import type { Failure as WireFailure } from '../../schemas/failure.ts'
import type { Json } from '../../schemas/values.ts'
import { decode } from '../values/decode.ts'
import { encodePayload } from '../values/payload.ts'
import { ApplicationFailure } from './application-failure.ts'
import { Failure } from './failure.ts'
import { type InputProblem, InvalidInput } from './invalid-input.ts'
import {
  CancelledFailure,
  ChildWorkflowFailure,
  type FailedChild,
  type FailedTask,
  PromiseRejected,
  type RejectedPromise,
  TaskFailure,
  TerminatedFailure,
  TimeoutFailure,
} from './own-failures.ts'

const maximumCauses = 10
const maximumMessage = 32_768
const maximumStack = 8_192
const maximumDetails = 262_144

/** Anything thrown, as it is sent. */
export function toWire(thrown: unknown, causes = maximumCauses): WireFailure {
  if (!isError(thrown)) return thrownValue(thrown)
  const details = Failure.is(thrown) && thrown.details !== undefined ? wireDetails(thrown.details) : undefined
  const cause = thrown.cause === undefined || causes === 0 ? undefined : toWire(thrown.cause, causes - 1)
  return {
    type: shorten(Failure.is(thrown) ? thrown.type : className(thrown), 200) || 'Error',
    message: shorten(thrown.message, maximumMessage),
    ...(details !== undefined && { details }),
    ...(typeof thrown.stack === 'string' && { stack: shorten(thrown.stack, maximumStack) }),
    ...(ApplicationFailure.is(thrown) && thrown.nonRetryable && { nonRetryable: true }),
    ...(ApplicationFailure.is(thrown) && thrown.retryAfterMs !== undefined && { retryAfterMs: thrown.retryAfterMs }),
    ...(cause !== undefined && { cause }),
  }
}

/** A failure from the wire, as the error that the author catches. */
export function fromWire(wire: WireFailure): Failure {
  const failure = classed(wire)
  if (wire.stack !== undefined) Object.defineProperty(failure, 'stack', { value: wire.stack, configurable: true, writable: true })
  return failure
}

function classed(wire: WireFailure): Failure {
  const { type, message } = wire
  const details = readDetails(wire.details)
  const cause = wire.cause === undefined ? undefined : fromWire(wire.cause)
  const more = { ...(details !== undefined && { details }), ...(cause !== undefined && { cause }) }
  switch (type) {
    case 'TIMEOUT':
      return new TimeoutFailure(message, more)
    case 'CANCELLED':
      return new CancelledFailure(message, more)
    case 'TERMINATED':
      return new TerminatedFailure(message, more)
    case 'TaskFailure':
      if (isFailedTask(details)) return new TaskFailure(message, { task: details, cause })
      break
    case 'ChildWorkflowFailure':
      if (isFailedChild(details)) return new ChildWorkflowFailure(message, { child: details, cause })
      break
    case 'PromiseRejected':
      if (isRejectedPromise(details)) return new PromiseRejected(message, { promise: details, cause })
      break
    case 'InvalidInput':
      if (areProblems(details)) return new InvalidInput(message, details)
      break
  }
  return new ApplicationFailure(message, {
    type,
    ...more,
    ...(wire.nonRetryable !== undefined && { nonRetryable: wire.nonRetryable }),
    ...(wire.retryAfterMs !== undefined && { retryAfter: wire.retryAfterMs }),
  })
}

/** Details that somebody sent by hand may not be ours to decode: then they are shown as they came. */
function readDetails(details: Json | undefined): unknown {
  try {
    return decode(details)
  } catch {
    return details
  }
}

function thrownValue(thrown: unknown): WireFailure {
  const details = wireDetails(thrown)
  return {
    type: 'Error',
    message: shorten(`a value that is not an error was thrown: ${show(thrown)}`, maximumMessage),
    ...(details !== undefined && { details }),
  }
}

/** What JavaScript code makes of an error's `message` may be no text, and half a surrogate pair does not travel. */
export const shorten = (text: unknown, maximum: number): string =>
  (typeof text === 'string' ? text : show(text)).slice(0, maximum).replace(/\p{Cs}/gu, '\uFFFD')

/** Some values have no text, as `Object.create(null)`. */
function show(value: unknown): string {
  try {
    return String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** Errors of another realm, as of a `vm` context, are errors too. */
const isError = (thrown: unknown): thrown is Error =>
  thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'

function wireDetails(details: unknown): Json | undefined {
  try {
    const json = encodePayload(details, 'details')
    const text = JSON.stringify(json)
    return text.length > maximumDetails ? `details of ${text.length} characters were left out` : json
  } catch (error) {
    return error instanceof Error ? `details were left out: ${error.message}` : undefined
  }
}

/** Classes of the author by their own name; a platform's by the name they show, as `AbortError`. */
function className(error: Error): string {
  const own = error.constructor?.name
  return own === undefined || own === 'Error' || own === 'DOMException' ? error.name : own
}

const hasAll = (details: unknown, ...keys: string[]): boolean =>
  typeof details === 'object' && details !== null && keys.every((key) => key in details)

const isFailedTask = (details: unknown): details is FailedTask => hasAll(details, 'taskId', 'kind', 'attempt')
const isFailedChild = (details: unknown): details is FailedChild => hasAll(details, 'childId', 'executionId', 'kind')
const isRejectedPromise = (details: unknown): details is RejectedPromise => hasAll(details, 'promiseId', 'name')

const areProblems = (details: unknown): details is InputProblem[] =>
  Array.isArray(details) &&
  details.every((each) => typeof each === 'object' && each !== null && 'path' in each && 'message' in each)
