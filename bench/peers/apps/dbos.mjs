/** DBOS: workflows and steps in this process, on a PostgreSQL. A job is a line of input; how long it took is a line of output. */
import { createInterface } from 'node:readline'
import { DBOS } from '@dbos-inc/dbos-sdk'

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: process.env.BENCH_DATABASE, runAdminServer: false, logLevel: 'error' })

const nothing = (index) => DBOS.runStep(async () => index, { name: 'nothing' })

const sequence = DBOS.registerWorkflow(
  async (count) => {
    let sum = 0
    for (let index = 0; index < count; index += 1) sum += await nothing(index)
    return sum
  },
  { name: 'sequence' },
)

const parallel = DBOS.registerWorkflow(
  async (count) => {
    const results = await Promise.all(Array.from({ length: count }, (_, index) => nothing(index)))
    return results.reduce((sum, result) => sum + result, 0)
  },
  { name: 'parallel' },
)

async function perSecond(count) {
  let left = count
  const began = performance.now()
  const one = async () => {
    while (left > 0) {
      left -= 1
      await sequence(1)
    }
  }
  await Promise.all(Array.from({ length: 50 }, one))
  return (count * 1_000) / (performance.now() - began)
}

async function run(job) {
  if (job.type === 'throughput') return perSecond(job.workflows)
  const began = performance.now()
  const sum = await (job.type === 'sequence' ? sequence : parallel)(job.tasks)
  if (sum !== (job.tasks * (job.tasks - 1)) / 2) throw new Error(`a wrong result: ${sum}`)
  return performance.now() - began
}

await DBOS.launch()
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) console.log(`took ${await run(JSON.parse(line))}`)
