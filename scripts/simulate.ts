/**
 * `npm run simulate -- --seeds 1000 [--from N] [--workload …]` runs many seeds, and shows the least that makes the first
 * of them fail; `--seed N` runs one, and prints its trace. `--until-found` stops at the first and prints one line.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { shrink } from '../test/simulation/shrink.ts'
import { type Result, type Settings, simulate } from '../test/simulation/simulation.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    workload: { type: 'string' },
    'until-found': { type: 'boolean', default: false },
  },
})

// Each worker of a simulation listens for SIGTERM as in a process of its own.
process.setMaxListeners(1_000)
process.on('SIGTERM', () => process.exit(143))
const settings: Settings = { workload: values.workload }

const line = ({ seed, workload, weather, faults, breach }: Result): string =>
  `seed ${seed} (${workload}, ${weather}, ${faults.length} faults): ${breach === undefined ? 'clean' : `${breach.law}: ${breach.message}`}`

async function one(seed: number): Promise<boolean> {
  const result = await simulate(seed, settings)
  console.log([...result.trace, line(result)].join('\n'))
  return result.breach === undefined
}

async function many(from: number, count: number): Promise<boolean> {
  const began = performance.now()
  const failed: Result[] = []
  let steps = 0
  let current = from
  process.on('uncaughtExceptionMonitor', () => process.stderr.write(`running ${current}\n`))
  for (let seed = from; seed < from + count; seed += 1) {
    current = seed
    const result = await simulate(seed, settings)
    steps += result.steps
    if (result.breach === undefined) continue
    failed.push(result)
    console.log(line(result))
    if (values['until-found']) return false
  }
  const [first] = failed
  if (first !== undefined) {
    const least = await shrink(first, settings)
    console.log([`\nthe least that makes seed ${first.seed} fail:`, ...least.trace, line(least)].join('\n'))
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  console.log(`${count} seeds from ${from}, ${failed.length} failed; ${steps} steps in ${seconds} s`)
  return failed.length === 0
}

const isClean = values.seed === undefined ? await many(Number(values.from), Number(values.seeds)) : await one(Number(values.seed))
process.exit(isClean ? 0 : 1)
