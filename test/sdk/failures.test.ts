/** What is thrown in one process and caught in another: sent whole, known again, and never itself a reason to fail. */
import { runInNewContext } from 'node:vm'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { failure, type Failure as WireFailure } from '../../schemas/failure.ts'
import { ApplicationFailure } from '../../sdk/failures/application-failure.ts'
import { DeterminismError } from '../../sdk/failures/determinism-error.ts'
import { Failure } from '../../sdk/failures/failure.ts'
import { InvalidInput } from '../../sdk/failures/invalid-input.ts'
import {
  CancelledFailure,
  ChildWorkflowFailure,
  PromiseRejected,
  TaskFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '../../sdk/failures/own-failures.ts'
import { PerdureError } from '../../sdk/failures/perdure-error.ts'
import { fromWire, toWire } from '../../sdk/failures/wire.ts'
import { WorkflowFailedError } from '../../sdk/failures/workflow-errors.ts'

/** To another process and back. */
const travel = (thrown: unknown): Failure => fromWire(failure.parse(JSON.parse(JSON.stringify(toWire(thrown)))))

class BadImage extends ApplicationFailure {}

const child = { childId: 'child-2', executionId: 'order-7:1:child-2', kind: 'album' }

describe('over the wire', () => {
  test('an application failure comes out with everything that it had', () => {
    const cause = new TypeError('not a PNG')
    const thrown = new ApplicationFailure('rejected', {
      type: 'Rejected',
      nonRetryable: true,
      retryAfter: '2 minutes',
      details: { at: new Date(0), size: 12n },
      cause,
    })
    const caught = travel(thrown)
    expect(ApplicationFailure.is(caught)).toBe(true)
    expect(caught).toMatchObject({
      message: 'rejected',
      type: 'Rejected',
      code: 'application_failure',
      nonRetryable: true,
      retryAfterMs: 120_000,
      details: { at: new Date(0), size: 12n },
    })
    expect(caught.stack).toBe(thrown.stack)
    expect(caught.cause).toMatchObject({ type: 'TypeError', message: 'not a PNG', stack: cause.stack })
  })

  test.each([
    [new BadImage('b'), 'BadImage'],
    [new ApplicationFailure('a'), 'ApplicationFailure'],
    [new RangeError('r'), 'RangeError'],
    [new Error('e'), 'Error'],
    [Object.assign(new Error('n'), { name: 'Named' }), 'Named'],
    [new DOMException('d', 'AbortError'), 'AbortError'],
    [runInNewContext('new SyntaxError("of another realm")'), 'SyntaxError'],
  ])('the type of %s is %s', (thrown, type) => {
    expect(travel(thrown).type).toBe(type)
  })

  test.each([
    [new TimeoutFailure('late'), TimeoutFailure, 'TIMEOUT'],
    [new CancelledFailure('stop', { details: { by: 'me' } }), CancelledFailure, 'CANCELLED'],
    [new TerminatedFailure('end'), TerminatedFailure, 'TERMINATED'],
    [new InvalidInput('bad', [{ path: 'a[0]', message: 'must be text' }]), InvalidInput, 'InvalidInput'],
    [
      new TaskFailure('task-3 failed', { task: { taskId: 'task-3', kind: 'resize', attempt: 5 }, cause: new BadImage('b') }),
      TaskFailure,
      'TaskFailure',
    ],
    [
      new ChildWorkflowFailure('child album was terminated', { child, cause: new TerminatedFailure('enough') }),
      ChildWorkflowFailure,
      'ChildWorkflowFailure',
    ],
    [
      new PromiseRejected('promise review was rejected', {
        promise: { promiseId: 'promise-1', name: 'review' },
        cause: new ApplicationFailure('no'),
      }),
      PromiseRejected,
      'PromiseRejected',
    ],
  ])('%s comes out as its class', (thrown, expected, type) => {
    const caught = travel(thrown)
    expect(expected.is(caught)).toBe(true)
    expect(caught).toBeInstanceOf(expected)
    expect(caught).toMatchObject({ message: thrown.message, type, details: thrown.details })
  })

  test('the task of a task failure and its cause are there', () => {
    const task = { taskId: 'task-3', kind: 'resize', attempt: 5 }
    const caught = travel(new TaskFailure('f', { task, cause: new BadImage('torn', { details: [1n] }) }))
    expect(caught).toMatchObject({ task, cause: { type: 'BadImage', message: 'torn', details: [1n] } })
  })

  test('a failure that stands for another one leads to where that one was thrown, in every process', () => {
    const cause = travel(new BadImage('torn'))
    const frames = cause.stack?.slice(cause.stack.indexOf('\n'))
    expect(frames).toContain('failures.test.ts')
    for (const failure of [
      new TaskFailure('t', { task: { taskId: 'task-3', kind: 'resize', attempt: 5 }, cause }),
      new ChildWorkflowFailure('c', { child, cause }),
      new PromiseRejected('p', { promise: { promiseId: 'promise-1', name: 'review' }, cause }),
    ]) {
      expect(failure.stack).toBe(`${failure.name}: ${failure.message}${frames}`)
      expect(travel(failure)).toMatchObject({ stack: failure.stack, cause: { message: 'torn' } })
    }
  })

  test('own types that somebody sent by hand, without their details, are application failures', () => {
    for (const type of ['TaskFailure', 'ChildWorkflowFailure', 'PromiseRejected', 'InvalidInput', 'WORKER_LOST']) {
      const caught = fromWire({ type, message: 'm' })
      expect([ApplicationFailure.is(caught), caught.type]).toEqual([true, type])
    }
  })

  test('details that cannot be read are shown as they came', () => {
    expect(fromWire({ type: 'T', message: 'm', details: { $enc: 'sealed' } }).details).toEqual({ $enc: 'sealed' })
  })
})

describe('whatever is thrown can be sent', () => {
  const torn = Object.assign(new Error('x'), { message: { not: 'text' } })
  const loop = new Error('loop')
  loop.cause = loop

  test.each([
    ['text', 'text', 'a value that is not an error was thrown: text'],
    ['undefined', undefined, 'a value that is not an error was thrown: undefined'],
    ['a symbol', Symbol('s'), 'a value that is not an error was thrown: Symbol(s)'],
    ['an object without a prototype', Object.create(null), 'a value that is not an error was thrown: [object Object]'],
    [
      'an object whose text throws',
      {
        toString() {
          throw new Error('no')
        },
      },
      'a value that is not an error was thrown: [object Object]',
    ],
    ['an error whose message is no text', torn, '[object Object]'],
    ['half a surrogate pair', new Error('\ud800!'), '\ufffd!'],
    ['an error that is its own cause', loop, 'loop'],
  ])('%s', (_, thrown, message) => {
    expect(travel(thrown)).toMatchObject({ message })
  })

  test('details that cannot travel are left out, and it is said why', () => {
    expect(travel(new ApplicationFailure('m', { details: { run: () => 1 } })).details).toMatch('details.run: a function')
    expect(travel(new ApplicationFailure('m', { details: 'x'.repeat(300_000) })).details).toMatch('300002 characters')
    expect(travel(new ApplicationFailure('m', { details: 'x'.repeat(2_000_000) })).details).toMatch('2000002 bytes')
  })

  test('long causes, messages and stacks are cut', () => {
    let thrown: Error = new Error('root')
    for (let level = 0; level < 50; level += 1) thrown = new Error('m'.repeat(100_000), { cause: thrown })
    const wire = toWire(thrown)
    let depth = 0
    for (let each: WireFailure | undefined = wire; each !== undefined; each = each.cause) depth += 1
    expect(depth).toBe(11)
    expect(wire.message).toHaveLength(32_768)
    expect(wire.stack?.length).toBeLessThanOrEqual(8_192)
  })
})

describe('`is`', () => {
  test('knows a class and all that derive from it, nothing else', () => {
    const thrown: unknown = new BadImage('b')
    expect([ApplicationFailure, Failure, PerdureError].map((each) => each.is(thrown))).toEqual([true, true, true])
    expect([TaskFailure, TimeoutFailure, DeterminismError, WorkflowFailedError].map((each) => each.is(thrown))).toEqual(
      Array(4).fill(false),
    )
    for (const other of [undefined, null, 'x', new Error('e'), { name: 'PerdureError', code: 'x' }]) {
      expect(PerdureError.is(other)).toBe(false)
    }
    if (ApplicationFailure.is(thrown)) expectTypeOf(thrown).toEqualTypeOf<ApplicationFailure>()
  })

  test('knows the errors of another copy of the package', () => {
    class Copy extends Error {
      static readonly errorName: string = 'PerdureError'
    }
    class CopyOfTimeout extends Copy {
      static override readonly errorName: string = 'TimeoutFailure'
    }
    const error = new CopyOfTimeout('t')
    expect([TimeoutFailure.is(error), PerdureError.is(error), TaskFailure.is(error)]).toEqual([true, true, false])
  })
})

test('a DeterminismError says everything in its message, and in fields', () => {
  const error = new DeterminismError({
    index: 2,
    expected: 'task charge',
    actual: 'task refund',
    location: 'order.ts:12:9',
    hint: 'use patched()',
  })
  expect(error).toMatchObject({
    index: 2,
    expected: 'task charge',
    actual: 'task refund',
    location: 'order.ts:12:9',
    hint: 'use patched()',
    name: 'DeterminismError',
    code: 'determinism',
  })
  for (const part of ['2', 'task charge', 'task refund', 'order.ts:12:9', 'use patched()']) expect(error.message).toContain(part)
})
