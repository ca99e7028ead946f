/** What `npm run bench` is asked for. */
import { parseArgs } from 'node:util'
import { allWorkloads, isWorkload, usualWorkloads, type WorkloadId } from './workloads.ts'

export interface BenchOptions {
  only: WorkloadId[]
  rounds: number
  quick: boolean
  /** The file for the figures. */
  json: string | undefined
}

export function benchOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: usualWorkloads.join() },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const only = values.only.split(',').map((id) => {
    if (!isWorkload(id)) throw new RangeError(`--only takes some of ${allWorkloads.join()}, not ${JSON.stringify(id)}`)
    return id
  })
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds takes a whole number from 1, not ${values.rounds}`)
  return { only, rounds, quick: values.quick, json: values.json }
}
