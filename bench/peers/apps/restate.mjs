/** Restate: workflows whose tasks are handlers of another service. Runs where the SDK is installed. */
import * as restate from '@restatedev/restate-sdk'

const tasks = restate.service({ name: 'tasks', handlers: { nothing: async (_ctx, index) => index } })

const bench = restate.service({
  name: 'bench',
  handlers: {
    sequence: async (ctx, count) => {
      let sum = 0
      for (let index = 0; index < count; index += 1) sum += await ctx.serviceClient(tasks).nothing(index)
      return sum
    },
    parallel: async (ctx, count) => {
      const calls = Array.from({ length: count }, (_, index) => ctx.serviceClient(tasks).nothing(index))
      const results = await restate.RestatePromise.all(calls)
      return results.reduce((sum, result) => sum + result, 0)
    },
  },
})

const port = Number(process.env.BENCH_PORT)
await restate.serve({ services: [tasks, bench], port })
console.log('ready')
