/** A process of its own: workflow code whose promises reject while it awaits another. It must live to say so. */
import { workflow } from '../../../sdk/index.ts'
import { tolerateRejectionsOfWorkflows } from '../../../sdk/worker/rejections.ts'
import { Driver } from './driver.ts'

tolerateRejectionsOfWorkflows()
const driver = new Driver(
  workflow({
    name: 'test',
    async run(ctx) {
      const derived = (async () => ctx.task('failing'))()
      const all = Promise.all([ctx.task('failing'), derived])
      const others = [
        ctx.promise('failing'),
        ctx.child('failing'),
        ctx.execution('gone').cancel(),
        ctx.map([1], () => ctx.task('failing')),
        ctx.shield((shielded) => shielded.task('failing')),
      ]
      await ctx.sleep('1s')
      const seen = await Promise.allSettled([derived, all, ...others])
      return seen.filter(({ status }) => status === 'rejected').length
    },
  }),
)
await driver.activate()
const bad = { type: 'Bad', message: 'no' }
for (const n of [1, 2, 3, 4]) driver.log.fail(`task-${n}`, bad)
driver.log.reject('promise-1', bad)
driver.log.failChild('child-1', bad)
driver.log.answerRequest('external-1', bad)
await driver.activate()
await new Promise((resolve) => setTimeout(resolve, 10))
driver.log.fire('timer-1')
await driver.activate()
console.log(JSON.stringify(driver.result))
if (process.argv[2] === 'other') void Promise.reject(new Error('of somebody else'))
