/** examples/crawler: the guide of this repository, served on this machine and read by a worker process. */
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { crawl } from '../../../examples/crawler/crawl.ts'
import { site } from '../../../examples/crawler/site.ts'
import { repository } from '../../../scripts/repository.ts'
import { runScript } from '../script.ts'
import { Stage } from '../stage.ts'

const example = join(repository, 'examples', 'crawler')
const docs = join(repository, 'docs')

let stage: Stage
let server: Server
let origin: string

beforeAll(async () => {
  stage = await Stage.open({ entry: join(example, 'worker.ts') })
  server = site(docs)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})

afterAll(async () => {
  await stage.close()
  server.close()
})

/** What the site has: its folders, and the Markdown files in them. */
async function pagesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.map(
    (entry) => `/${relative(folder, join(entry.parentPath, entry.name))}${entry.isDirectory() ? '/' : ''}`,
  )
  return ['/', ...paths.filter((path) => /(\.md|\/)$/.test(path))]
}

test('every page, each once, by two workers one of which is killed', async () => {
  const [first] = await Promise.all([stage.worker(), stage.worker()])
  const handle = await stage.client.start(crawl, { from: `${origin}/`, pages: 500, concurrency: 3 })
  await first.kill('SIGKILL')
  const pages = await handle.result()
  const found = pages.filter(({ status }) => status === 200)
  expect(found.map(({ url }) => url).sort()).toEqual((await pagesOf(docs)).map((path) => `${origin}${path}`).sort())
  expect(found.find(({ url }) => url.endsWith('/workflows.md'))).toMatchObject({ title: 'Writing workflows' })
})

test('ctx.map: `concurrency` at a time as the log has them, and no more pages than were asked for', async () => {
  await stage.worker()
  const handle = await stage.client.start(crawl, { from: `${origin}/`, pages: 8, concurrency: 2 })
  expect(await handle.result()).toHaveLength(8)
  let [open, most, count] = [0, 0, 0]
  for (const { type } of (await handle.history()).events) {
    if (type === 'TASK_SCHEDULED') {
      open += 1
      count += 1
      most = Math.max(most, open)
    } else if (type === 'TASK_COMPLETED') open -= 1
  }
  expect({ open, most, count }).toEqual({ open: 0, most: 2, count: 8 })
})

test('start.ts prints what it read', async () => {
  await stage.worker()
  const { code, out, errors } = await runScript(join(example, 'start.ts'), [`${origin}/nowhere.md`], stage.env)
  expect({ code, out, errors }).toEqual({ code: 0, out: `404 ${origin}/nowhere.md There is no such page\n`, errors: '' })
})

test('serve.ts says in one line that its port is taken', async () => {
  const other = createServer()
  // Somebody else may have it: then it is taken as well.
  const isTaken = once(other, 'error')
  other.listen(8080, '127.0.0.1')
  await Promise.race([once(other, 'listening'), isTaken])
  const { code, out, errors } = await runScript(join(example, 'serve.ts'), [docs], {})
  expect({ code, out, errors }).toEqual({ code: 1, out: '', errors: 'port 8080 is taken: whoever has it must leave it first\n' })
  other.close()
})
