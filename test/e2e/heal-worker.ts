/** A worker process whose code of one workflow is as `CODE` says: it notes what its errors say. */
import { appendFileSync } from 'node:fs'
import { task, workflow } from 'perdure'
import { Worker } from 'perdure/worker'

const { PERDURE_URL: url = '', PERDURE_API_KEY: apiKey = '', STEPS_FILE = '/dev/null', CODE = '', BUILD, POLICY } = process.env

const note = (line: string): void => appendFileSync(STEPS_FILE, `${line}\n`)
const resize = task({ name: 'resize', run: (input: string) => note(`resize ${input}`) })
const publish = task({ name: 'publish', run: (input: string) => note(`publish ${input}`) })
const policy = POLICY === 'fail' ? ({ onDeterminismError: 'fail' } as const) : {}

const codes = {
  original: workflow({
    ...policy,
    name: 'album',
    async run(ctx) {
      await ctx.task(resize, 'a')
      await ctx.sleep('1s')
      await ctx.task(publish, 'a')
      return 'original'
    },
  }),
  wrong: workflow({
    ...policy,
    name: 'album',
    async run(ctx) {
      try {
        await ctx.task(publish, 'a')
      } catch {
        note('caught')
      } finally {
        note('finally')
      }
      return 'wrong'
    },
  }),
  fixed: workflow({
    ...policy,
    name: 'album',
    async run(ctx) {
      await ctx.task(resize, 'a')
      await ctx.sleep('1s')
      await ctx.task(publish, 'a, fixed')
      return 'fixed'
    },
  }),
}

const album = Object.entries(codes).find(([name]) => name === CODE)?.[1] ?? codes.original
const worker = new Worker({
  url,
  org: 'acme',
  apiKey,
  workflows: [album],
  tasks: [resize, publish],
  ...(BUILD !== undefined && { build: BUILD }),
  log: () => undefined,
})
worker.on('connected', () => console.log('connected'))
worker.on('error', ({ name, message }) => note(`error ${CODE} ${name} ${message}`))
await worker.run()
