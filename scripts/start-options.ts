/** What `npm start` is asked for on its command line. A wrong word is refused with a message, never guessed. */
import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

export interface StartOptions {
  /** 0: a free one. */
  port: number
  data: string
  quiet: boolean
}

const mostPort = 65_535

export function startOptions(args: string[]): StartOptions {
  const { port, data, quiet } = parse(args)
  if (!/^\d{1,5}$/.test(port) || Number(port) > mostPort) {
    throw new UsageError(`--port takes a whole number from 0 to ${mostPort}, not ${JSON.stringify(port)}`)
  }
  if (data === '') throw new UsageError('--data takes the path of a folder')
  return { port: Number(port), data, quiet }
}

function parse(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '8787' },
        data: { type: 'string', default: './data' },
        quiet: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
