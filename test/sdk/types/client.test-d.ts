/** Types of `perdure/client`: what does not fit does not compile. Nothing here runs. */
import { Client, type WorkflowHandle } from '../../../sdk/client.ts'
import { defineSignal, task, workflow } from '../../../sdk/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <_Equal extends true>(): void => undefined

const album = workflow({ name: 'album', run: async (_, input: { keys: string[] }) => ({ published: input.keys.length }) })
const nightly = workflow({ name: 'nightly', run: async () => 'done' })
const resize = task({ name: 'resize', run: (width: number) => width })
const approved = defineSignal<boolean>('approved')
const nudge = defineSignal('nudge')

export async function starts(client: Client): Promise<void> {
  const handle = await client.start(album, { keys: ['a'] }, { id: 'album-7', idReuse: 'ALLOW_AFTER_FAILURE' })
  same<Same<typeof handle, WorkflowHandle<{ published: number }>>>()
  const { published } = await handle.result()
  same<Same<typeof published, number>>()
  same<Same<Awaited<ReturnType<typeof runNightly>>, string>>()
  const named = await client.execute('album', { any: 'thing' })
  same<Same<typeof named, unknown>>()
  const known = client.handle('album-7', album)
  same<Same<typeof known, WorkflowHandle<{ published: number }>>>()
  // @ts-expect-error keys are text
  client.start(album, { keys: [1] })
  // @ts-expect-error an input is needed
  client.start(album)
  // @ts-expect-error there is no such option
  client.start(nightly, undefined, { when: 'later' })
  // @ts-expect-error a task is not a workflow
  client.start(resize, 1)
  // @ts-expect-error the result has no title
  ;(await handle.result()).title
  // @ts-expect-error keys are text
  await client.execute(album, { keys: 'a' })
}
const runNightly = (client: Client) => client.execute(nightly)

export async function talks(client: Client, handle: WorkflowHandle): Promise<void> {
  await handle.signal(approved, true, { signalId: 'once' })
  await handle.signal(nudge)
  await handle.signal('plain', { any: 'thing' })
  const started = await client.signalWithStart(album, { keys: [] }, { id: 'album-7', signal: approved, payload: true })
  same<Same<typeof started, WorkflowHandle<{ published: number }>>>()
  await handle.cancel('why')
  await client.resolvePromise('album-7', 'review', { ok: true })
  await client.rejectPromise('album-7', 'review', new Error('no'))
  // @ts-expect-error the payload of the signal is a boolean
  await handle.signal(approved, 'yes')
  // @ts-expect-error a payload is needed
  await handle.signal(approved)
  // @ts-expect-error the payload of the signal is a boolean
  client.signalWithStart(album, { keys: [] }, { signal: approved, payload: 1 })
  // @ts-expect-error keys are text
  client.signalWithStart(album, { keys: [1] }, { signal: approved, payload: true })
  // @ts-expect-error a reason is text
  await handle.cancel(1)
  // @ts-expect-error a rejection has a message
  await client.rejectPromise('album-7', 'review', { type: 'No' })
}

// @ts-expect-error an address is text
new Client({ url: 1 })
