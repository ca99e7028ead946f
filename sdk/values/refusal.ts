/** A value that cannot travel is refused where it enters, with its path. */
import { ApplicationFailure } from '../failures/application-failure.ts'
import { isNamed } from '../failures/perdure-error.ts'

export type Path = readonly (string | number)[]

/** `input.keys[2]["a b"]` */
export const showPath = (root: string, path: Path): string =>
  path.reduce<string>((shown, key) => {
    if (typeof key === 'number') return `${shown}[${key}]`
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `${shown}.${key}` : `${shown}[${JSON.stringify(key)}]`
  }, root)

/** Thrown for a value that JSON and its tags cannot carry. Trying again would not help, so it is not retryable. */
export class InvalidValue extends ApplicationFailure {
  static override readonly errorName: string = 'InvalidValue'

  constructor(root: string, path: Path, problem: string) {
    super(`${showPath(root, path)}: ${problem}`, {
      type: 'InvalidValue',
      nonRetryable: true,
      details: { path: showPath(root, path) },
    })
  }

  static override is(value: unknown): value is InvalidValue {
    return isNamed(value, InvalidValue.errorName)
  }
}
