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
      await ctx.sleep('1s')
      const seen = await Promise.allSettled([derived, all])
      return seen.map(({ status }) => status)
    },
  }),
)
await driver.activate()
driver.log.fail('task-1', { type: 'Bad', message: 'no' })
driver.log.fail('task-2', { type: 'Bad', message: 'no' })
await driver.activate()
await new Promise((resolve) => setTimeout(resolve, 10))
driver.log.fire('timer-1')
await driver.activate()
console.log(JSON.stringify(driver.result))
if (process.argv[2] === 'other') void Promise.reject(new Error('of somebody else'))
