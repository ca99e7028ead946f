/** W13: what a task shows reaches readers in other processes, in order with the log. */
import { fileURLToPath } from 'node:url'
import type { TaskFrame } from 'perdure/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Stage } from './stage.ts'
import { talking } from './streaming.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open({ entry: fileURLToPath(new URL('./streaming-worker.ts', import.meta.url)) })
  await stage.worker()
})
afterAll(() => stage.close())

async function framesOf(id: string): Promise<TaskFrame[]> {
  const frames: TaskFrame[] = []
  for await (const frame of stage.client.watchTask(id, 'task-1')) frames.push(frame)
  return frames
}

it('W13 three seconds of 1,000 tokens a second arrive in order, without a gap, at each of three readers', async () => {
  const tokens = 3_000
  await stage.client.start(talking, { tokens, perSecond: 1_000 }, { id: 'much' })
  const readers = await Promise.all([framesOf('much'), framesOf('much'), framesOf('much')])
  for (const frames of readers) {
    const indexes = frames.map(({ index }) => index)
    // Whoever comes while it talks has what is kept, and all that follows.
    expect(indexes).toEqual(Array.from({ length: indexes.length }, (_, n) => tokens + 4 - indexes.length + n))
    expect(indexes.length).toBeGreaterThan(256)
    const text = frames.flatMap((frame) => (frame.type === 'Token' ? [frame.text] : [])).join('')
    expect(text.endsWith(`${tokens - 1} `)).toBe(true)
    expect(frames.slice(-4)).toMatchObject([
      { type: 'Progress', value: 0.5, details: { at: new Date(0) } },
      { type: 'Data', data: { big: 12n } },
      { type: 'Error', message: 'a page is missing', details: { page: 7 } },
      { type: 'Log', level: 'warn', message: 'nearly done', fields: { left: 1 } },
    ])
  }
  const { events } = await stage.client.handle('much').history()
  // Nothing of it is in the log.
  expect(events.map(({ type }) => type)).toEqual([
    'WORKFLOW_STARTED',
    'TASK_SCHEDULED',
    'WORKFLOW_SUSPENDED',
    'TASK_COMPLETED',
    'WORKFLOW_COMPLETED',
  ])
})

it('W13 each attempt counts from 0, and the reader sees both', async () => {
  await stage.client.start(talking, { tokens: 3, perSecond: 1_000, failsFirst: true }, { id: 'twice', startAfter: '500ms' })
  const frames = await framesOf('twice')
  expect(frames.map(({ attempt, index }) => `${attempt}.${index}`)).toEqual(
    [1, 2].flatMap((attempt) => [0, 1, 2, 3, 4, 5, 6].map((index) => `${attempt}.${index}`)),
  )
})
