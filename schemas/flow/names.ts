/** What the parts of a flow are called. */
import { z } from 'zod'

/** It stands in `flow:<name>[@version]`, so it has no `@` and no `:`. */
export const flowName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a flow is 1 to 100 of A-Z a-z 0-9 . _ -')

export const flowVersion = z.number().int().min(1).max(1_000_000_000)

export const flowTaskName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/, 'a task of a flow is 1 to 100 of A-Z a-z 0-9 _ -, beginning with a letter or _')

/** As expressions read it: `vars.files`. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'a variable is 1 to 100 of A-Z a-z 0-9 _, beginning with a letter or _')

const kindPattern = /^flow:([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?:@([1-9]\d{0,8}))?$/

/** `flow:<name>[@version]`, or undefined when the kind is that of coded work. */
export function flowOfKind(kind: string): { name: string; version?: number } | undefined {
  const [, name, version] = kindPattern.exec(kind) ?? []
  if (name === undefined) return undefined
  return version === undefined ? { name } : { name, version: Number(version) }
}

/** Whether a kind claims to be a flow's, well written or not. */
export const isFlowKind = (kind: string): boolean => kind.startsWith('flow:')
