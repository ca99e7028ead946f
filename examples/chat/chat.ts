/**
 * A chat room. Everything that happens in it is a signal; who is there and what was said can be read at any time from
 * the state of its execution. It is opened by the first signal, and closes when everybody has left.
 */
import { defineSignal, task, workflow } from 'perdure'

export interface Line {
  from: string
  text: string
}

export const opened = defineSignal<{ topic: string }>('opened')
export const joined = defineSignal<string>('joined')
export const left = defineSignal<string>('left')
export const said = defineSignal<Line>('said')

/** What knows the answers; a language model, perhaps. */
export const answer = task({
  name: 'answer',
  run: async (question: { topic: string; text: string }) => `I know nothing about ${question.topic}, ask somebody else.`,
})

export const chat = workflow({
  name: 'chat',
  async run(ctx) {
    const { topic } = await ctx.signals(opened).next({ timeout: '1 hour' })
    const guests = new Set<string>()
    const lines: Line[] = []

    const show = () => {
      ctx.state.set('guests', [...guests])
      ctx.state.set('lines', lines)
    }
    ctx.onSignal(joined, (name) => {
      guests.add(name)
      show()
    })
    ctx.onSignal(left, (name) => {
      guests.delete(name)
      show()
    })
    // Handlers may wait: others go on meanwhile, and the lines stay in the order in which they were said.
    ctx.onSignal(said, async (line) => {
      lines.push(line)
      if (line.text.endsWith('?')) lines.push({ from: 'host', text: await ctx.task(answer, { topic, text: line.text }) })
      show()
    })

    await ctx.until(() => guests.size > 0, { timeout: '1 hour' })
    await ctx.until(() => guests.size === 0)
    await ctx.until(ctx.handlersDone)
    return { topic, lines }
  },
})
