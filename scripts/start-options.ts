/** What `npm start` is asked for on its command line. A wrong word is refused with a message, never guessed. */
import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

export interface StartOptions {
  /** 0: a free one. */
  port: number
  data: string
  /** How many divide the executions. */
  processes: number
  quiet: boolean
}

const mostPort = 65_535
const mostProcesses = 64

export function startOptions(args: string[]): StartOptions {
  const { port, data, processes, quiet } = parse(args)
  if (!/^\d{1,5}$/.test(port) || Number(port) > mostPort) {
    throw new UsageError(`--port takes a whole number from 0 to ${mostPort}, not ${JSON.stringify(port)}`)
  }
  if (data === '') throw new UsageError('--data takes the path of a folder')
  if (!/^[1-9]\d?$/.test(processes) || Number(processes) > mostProcesses) {
    throw new UsageError(`--processes takes a whole number from 1 to ${mostProcesses}, not ${JSON.stringify(processes)}`)
  }
  return { port: Number(port), data, processes: Number(processes), quiet }
}

function parse(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '8787' },
        data: { type: 'string', default: './data' },
        processes: { type: 'string', default: '1' },
        quiet: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
