/** The path of the `workerd` program that npm installed. */
import { createRequire } from 'node:module'

/** The package is CommonJS without types; required, it is the same under Node and under Vitest. */
export const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string }
