/** A real browser, without a window. It comes with `npm install`. */
import packed from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

export const openBrowser = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await packed.executablePath(), args: packed.args, headless: true })
