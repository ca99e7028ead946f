/** examples/live-page in a real browser: what it shows is the log, although the service is killed while it looks. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bake } from '../../../examples/live-page/bake.ts'
import { repository } from '../../../scripts/repository.ts'
import { openBrowser } from '../browser.ts'
import { Stage } from '../stage.ts'

const example = (file: string): string => join(repository, 'examples', 'live-page', file)

let stage: Stage
let browser: Browser
beforeAll(async () => {
  ;[stage, browser] = await Promise.all([Stage.open({ entry: example('worker.ts') }), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

async function pageOf(id: string, env: Record<string, string> = {}): Promise<{ page: Page; end: () => void }> {
  const server = spawn(process.execPath, [example('server.ts'), id], {
    env: { ...process.env, ...stage.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [address] = await once(createInterface({ input: server.stdout }), 'line')
  const page = await browser.newPage()
  await page.goto(address)
  return { page, end: () => server.kill() }
}

const shown = (page: Page): Promise<string[]> =>
  page.$$eval('li', (items) => items.map(({ firstChild, lastChild }) => `${firstChild?.textContent} ${lastChild?.textContent}`))

test('S6 the page has the log, once and in order, after kill -9 of the service, and stops at the end', async () => {
  await stage.worker()
  const handle = await stage.client.start(bake, { loaves: 4, ms: 1_500 }, { id: 'bread' })
  const { page, end } = await pageOf('bread')
  await page.waitForFunction(() => document.querySelectorAll('li').length >= 5, undefined, { timeout: 20_000 })
  await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0.2, undefined, { timeout: 20_000 })
  expect(await page.textContent('#status')).toBe('live')
  await stage.crash()
  expect(await handle.result()).toEqual([1, 2, 3, 4])
  await page.waitForFunction(() => document.querySelector('#status')?.textContent === 'COMPLETED', undefined, { timeout: 30_000 })
  const { events } = await handle.history()
  expect(await shown(page)).toEqual(events.map(({ sequence, type }) => `${sequence} ${type}`))
  if (process.env['SCREENSHOTS']) await page.screenshot({ path: join(process.env['SCREENSHOTS'], 'live-page.png') })
  end()
})

test('a server without a good key says so on the page', async () => {
  const { page, end } = await pageOf('bread', { PERDURE_API_KEY: 'pd_viewer_wrong' })
  await page.waitForFunction(() => document.querySelector('#status')?.textContent?.startsWith('no token: 401'), undefined, {
    timeout: 20_000,
  })
  end()
})
