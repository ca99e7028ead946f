/** What the demonstration is asked for on its command line. A wrong word is refused with a message, never guessed. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { repository } from '../../scripts/repository.ts'
import { UsageError } from '../../scripts/usage-error.ts'

export interface DemoOptions {
  folder: string
  files: number
  kill: boolean
}

/** All digests travel to one task as one value, which may have 1 MiB. */
const mostFiles = 3_000

export const usage = `npm run demo -- [folder] [options]

Digests a folder with the workflow digest-folder: a service of its own with temporary data, and a worker in another process.

  folder          what to digest (default: this repository with its node_modules)
  --files <n>     at most so many files, 1 to ${mostFiles} (default: 500)
  --kill          kill -9 the worker in mid-run and the service once; both start again, the result is the same
  --help          this text
`

export async function demoOptions(args: string[]): Promise<DemoOptions | 'help'> {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  if (positionals.length > 1) throw new UsageError(`one folder, not ${positionals.length}: ${positionals.join(' ')}`)
  const files = Number(values.files)
  if (!Number.isInteger(files) || files < 1 || files > mostFiles) {
    throw new UsageError(`--files takes a whole number from 1 to ${mostFiles}, not "${values.files}"`)
  }
  const [named] = positionals
  // npm runs scripts in the repository: a relative folder is meant from where npm was called.
  const folder = named === undefined ? repository : resolve(process.env['INIT_CWD'] ?? '.', named)
  const found = await stat(folder).catch(() => undefined)
  if (found === undefined) throw new UsageError(`there is no folder ${folder}`)
  if (!found.isDirectory()) throw new UsageError(`${folder} is not a folder`)
  return { folder, files, kill: values.kill }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        files: { type: 'string', default: '500' },
        kill: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
