/** Reads a site, ring by ring: the first page, then all it links to, then what those link to; a few pages at a time. */
import { ApplicationFailure, task, workflow } from 'perdure'

export interface Page {
  url: string
  status: number
  title: string
  links: string[]
}

export const readPage = task({
  name: 'read-page',
  retry: { maximumAttempts: 5, initialInterval: '500ms' },
  startToCloseTimeout: '30s',
  async run(url: string, ctx): Promise<Page> {
    const response = await fetch(url, { signal: ctx.signal })
    // What is missing will be missing again; what is broken may be mended.
    if (response.status >= 500) throw new ApplicationFailure(`${url} answered ${response.status}`, { type: 'Broken' })
    const html = await response.text()
    const links = [...html.matchAll(/<a href="([^"#]+)/g)].map(([, link]) => new URL(link ?? '', url).href)
    return { url, status: response.status, title: /<title>(.*?)<\/title>/.exec(html)?.[1] ?? '', links }
  },
})

export const crawl = workflow({
  name: 'crawl',
  async run(ctx, input: { from: string; pages: number; concurrency: number }) {
    const { origin } = new URL(input.from)
    const known = new Set([input.from])
    const pages: Page[] = []
    for (let ring = [input.from]; ring.length > 0; ) {
      const read = await ctx.map(ring, (url) => ctx.task(readPage, url), { concurrency: input.concurrency })
      pages.push(...read)
      const links = new Set(read.flatMap((page) => page.links))
      const isNew = (url: string) => url.startsWith(`${origin}/`) && !known.has(url)
      ring = [...links].filter(isNew).slice(0, input.pages - pages.length)
      for (const url of ring) known.add(url)
    }
    return pages
  },
})
