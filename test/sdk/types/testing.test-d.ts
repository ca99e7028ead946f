/** Types of `perdure/testing`: what does not fit does not compile. Nothing here runs. */
import { defineSignal, task, workflow } from '../../../sdk/index.ts'
import { history, replay, type TestEnvironment } from '../../../sdk/testing.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <_Equal extends true>(): void => undefined

const resize = task({ name: 'resize', run: async (input: { key: string }) => ({ key: input.key }) })
const album = workflow({ name: 'album', run: async (_, input: { keys: string[] }) => ({ published: input.keys.length }) })
const approved = defineSignal<boolean>('approved')

export async function environments(env: TestEnvironment): Promise<void> {
  env.mock(resize, async ({ key }) => ({ key }))
  const handle = await env.start(album, { keys: ['a'] })
  await handle.signal(approved, true)
  await env.time.advance('3 days')
  const { published } = await handle.result()
  same<Same<typeof published, number>>()
  await replay(album, await handle.history())
  await replay(album, history({ kind: 'album', input: { keys: [] } }).build())
  // @ts-expect-error a mock gives what the task gives
  env.mock(resize, async () => ({ name: 'a' }))
  // @ts-expect-error the input has no width
  env.mock(resize, async ({ width }) => ({ key: width }))
  // @ts-expect-error keys are text
  env.start(album, { keys: [1] })
  // @ts-expect-error the payload of the signal is a boolean
  await handle.signal(approved, 'yes')
  // @ts-expect-error that is no duration
  await env.time.advance('a while')
  // @ts-expect-error there is no such fault
  env.faults({ explode: true })
  // @ts-expect-error a task has no history
  await replay(resize, [])
  // @ts-expect-error a history has a kind
  history({ input: 1 })
}
