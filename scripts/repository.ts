/** Where this checkout is, and what was built in it. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repository = dirname(dirname(fileURLToPath(import.meta.url)))
export const serviceBundle = join(repository, 'dist', 'service', 'worker.js')
