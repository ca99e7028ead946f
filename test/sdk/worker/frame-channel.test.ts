/** W13: what a task shows leaves its process, in order, some at a time. */
import { expect, it, vi } from 'vitest'
import type { TaskFrame } from '../../../schemas/stream.ts'
import { FrameChannel } from '../../../sdk/worker/frame-channel.ts'

it('W13 frames are numbered, go together after a moment, and none is left behind at the end', async () => {
  const sent: TaskFrame[][] = []
  const channel = new FrameChannel((frames) => sent.push(frames))
  for (let n = 0; n < 3; n += 1) channel.add({ type: 'Token', text: `${n}` })
  expect(sent).toEqual([])
  await vi.waitFor(() => expect(sent).toHaveLength(1))
  channel.add({ type: 'Progress', value: 1 })
  channel.close()
  channel.add({ type: 'Token', text: 'too late' })
  expect(sent.map((frames) => frames.map(({ index }) => index))).toEqual([[0, 1, 2], [3]])
})

it('16 KiB go at once', () => {
  const sent: number[] = []
  const channel = new FrameChannel((frames) => sent.push(frames.length))
  for (let n = 0; n < 17; n += 1) channel.add({ type: 'Token', text: 'x'.repeat(1_000) })
  expect(sent).toEqual([16])
  channel.flush()
  // No more than a report may have.
  for (let n = 0; n < 1_000; n += 1) channel.add({ type: 'Token', text: '' })
  expect(sent).toEqual([16, 1, 631])
  channel.close()
})

it('while the service hears nothing at most 8 MiB are kept; the index tells of the gap', () => {
  const sent: TaskFrame[] = []
  const heard: (() => void)[] = []
  const channel = new FrameChannel((frames, done) => {
    sent.push(...frames)
    heard.push(done)
  })
  for (let n = 0; n < 20; n += 1) channel.add({ type: 'Token', text: 'x'.repeat(1_000_000) })
  expect(sent.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  for (const done of heard) done()
  channel.add({ type: 'Token', text: 'again' })
  channel.close()
  expect(sent.at(-1)?.index).toBe(20)
})
