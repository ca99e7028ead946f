import { task, workflow } from 'perdure'

export const measure = task({
  name: 'measure',
  retry: { maximumAttempts: 5, initialInterval: '1s' },
  startToCloseTimeout: '30s',
  async run(url: string, ctx) {
    const response = await fetch(url, { signal: ctx.signal })
    return { url, status: response.status, bytes: (await response.arrayBuffer()).byteLength }
  },
})

export const survey = workflow({
  name: 'survey',
  async run(ctx, input: { urls: string[]; pauseMs: number }) {
    const before = await Promise.all(input.urls.map((url) => ctx.task(measure, url)))
    await ctx.sleep(input.pauseMs) // a second or a month: nothing has to stay running
    const after = await Promise.all(input.urls.map((url) => ctx.task(measure, url)))
    return after.filter((page, i) => page.bytes !== before[i]?.bytes)
  },
})
