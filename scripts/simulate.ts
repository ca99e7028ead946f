/** `npm run simulate -- --seeds 1000 [--from N] [--workload …]`, or `--seed N` for one with its trace. */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { simulate } from '../test/simulation/simulation.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    workload: { type: 'string' },
    'first-only': { type: 'boolean', default: false },
  },
})

process.setMaxListeners(100)
const settings = { workload: values.workload }

const r = values.seed === undefined ? undefined : await simulate(Number(values.seed), settings)
if (r !== undefined) {
  console.log(r.trace.join('\n'))
  console.log(r.workload, r.weather, r.breach)
  process.exit(r.breach === undefined ? 0 : 1)
}
const began = performance.now()
let failed = 0
let steps = 0
for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed += 1) {
  const result = await simulate(seed, settings)
  steps += result.steps
  if (result.breach === undefined) continue
  failed += 1
  console.log(seed, result.workload, result.weather, result.breach.law, result.breach.message.slice(0, 200))
  if (values['first-only']) break
}
console.log(`${failed} of ${values.seeds} failed, ${steps} steps in ${Math.round(performance.now() - began)} ms`)
