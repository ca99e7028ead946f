/** Definitions are checked where they are made and where they are used: the author can still do something about them. */
import { name as nameSchema } from '../../schemas/identity.ts'
import { InvalidValue } from '../values/refusal.ts'
import { checked } from './name.ts'

type Type = 'task' | 'workflow'

interface Parts {
  readonly name: unknown
  readonly input?: unknown
  readonly run: unknown
}

/** @throws InvalidValue that names what is wrong with it */
export function checkParts({ name, input, run }: Parts, type: Type): void {
  const root = `${type} ${checked(nameSchema, name, `the name of a ${type}`)}`
  if (typeof run !== 'function') throw new InvalidValue(root, ['run'], 'a function is required')
  if (input !== undefined && !isSchema(input)) {
    throw new InvalidValue(root, ['input'], 'a Standard Schema is required (zod, valibot, arktype …)')
  }
}

/**
 * @param where how a refusal calls the argument
 * @throws InvalidValue unless it is a definition of that type
 */
export function checkType(given: unknown, type: Type, where: string): void {
  const found = typeOf(given)
  if (found === type) return
  const other = given === undefined ? 'undefined, as imports in a circle are at first' : 'something else'
  const said = found === undefined ? other : `a ${found}`
  throw new InvalidValue(where, [], `what ${type}() makes is required, this is ${said}`)
}

/** The name by which it is registered. @throws InvalidValue unless it is a definition of that type, or a name */
export function kindOf(given: { readonly name: string } | string, type: Type, where: string): string {
  if (typeof given === 'string') return given
  checkType(given, type, where)
  return given.name
}

const isSchema = (value: unknown): boolean =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') && '~standard' in value

function typeOf(value: unknown): Type | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  return value.type === 'task' || value.type === 'workflow' ? value.type : undefined
}
