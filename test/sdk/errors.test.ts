/** Every error class of every door has `is`, which knows its own by name and nobody else's. */
import { expect, test } from 'vitest'
import * as client from '../../sdk/client.ts'
import { PerdureError } from '../../sdk/failures/perdure-error.ts'
import * as main from '../../sdk/index.ts'

interface ErrorClass {
  name: string
  errorName: string
  prototype: Error
  is(value: unknown): boolean
}

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' && (value === PerdureError || value.prototype instanceof PerdureError)

const exported: unknown[] = [...Object.values(main), ...Object.values(client)]
const classes = [...new Set(exported.filter(isErrorClass))]

test('there are errors in both doors, and one class of each name', () => {
  expect(classes.map(({ name }) => name)).toEqual(expect.arrayContaining(['TaskFailure', 'ServiceError', 'PerdureError']))
  expect(new Set(classes.map(({ name }) => name)).size).toBe(classes.length)
})

test.each(classes.map((each) => [each.name, each] as const))('%s.is knows its own and what derives from it', (name, own) => {
  const error: unknown = Object.create(own.prototype)
  const bases = classes.filter(({ prototype }) => prototype === own.prototype || isBase(prototype, own.prototype))
  expect(own.errorName).toBe(name)
  expect(classes.filter((each) => each.is(error))).toEqual(bases)
  // Of another copy of the package: another class under the same name.
  class Copy extends Error {
    static readonly errorName = name
  }
  expect(classes.filter((each) => each.is(new Copy()))).toEqual([own])
})

const isBase = (base: object, derived: object): boolean => Object.prototype.isPrototypeOf.call(base, derived)
