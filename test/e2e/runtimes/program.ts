/**
 * The worker suite as one program, for any runtime: one JSON line a case. At its end it runs a worker until SIGTERM, and
 * ends by itself: nothing may be left open.
 */
import { task } from 'perdure'
import { Worker } from 'perdure/worker'
import { language } from './language.ts'
import { steps } from './steps.ts'
import { environment, Workshop } from './workshop.ts'

const say = (line: object): void => console.log(JSON.stringify(line))

for (const [index, { name, run }] of [...steps, ...language].entries()) {
  const shop = new Workshop(`case-${process.pid}-${index}`)
  try {
    await run(shop)
    say({ name, ok: true })
  } catch (error) {
    say({ name, ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
  await shop.close()
}

const worker = new Worker({ ...environment, queue: 'last', tasks: [task({ name: 'any', run: () => 1 })] })
worker.on('connected', () => say({ name: 'waits for SIGTERM', ok: true }))
await worker.run()
say({ name: 'SIGTERM drains', ok: true })
