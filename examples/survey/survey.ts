import { task, workflow } from 'perdure'

export const measure = task({
  name: 'measure',
  retry: { maximumAttempts: 5, initialInterval: '1s' },
  run: async (url: string) => ({ url, bytes: (await (await fetch(url)).arrayBuffer()).byteLength }),
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
