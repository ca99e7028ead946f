/** D9: code that does not fit a log, in real workers: the run waits and explains, and fixed code heals it by itself. */
import { fileURLToPath } from 'node:url'
import { ApplicationFailure } from 'perdure'
import { WorkflowFailedError } from 'perdure/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WorkerProcess } from '../../scripts/worker-process.ts'
import { Stage } from './stage.ts'

const entry = fileURLToPath(new URL('./heal-worker.ts', import.meta.url))
const soon = { timeout: 20_000, interval: 20 }
/** The next try by anybody is a minute away: what happens before then, the hello has brought about. */
const healed = { timeout: 15_000, interval: 20 }

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open({ entry })
})
afterEach(() => stage.close())

const worker = (CODE: string, BUILD?: string, more: Record<string, string> = {}): Promise<WorkerProcess> =>
  stage.worker({ CODE, ...(BUILD !== undefined && { BUILD }), ...more })

const errors = (): string[] => stage.bodies().filter((line) => line.startsWith('error'))

/** A run that the original code has begun and left alone; wrong code has met its log. */
async function blocked(build?: string) {
  const first = await worker('original', build === undefined ? undefined : 'v1')
  const handle = await stage.client.start('album', undefined, { id: 'album-7' })
  await vi.waitFor(async () => expect((await handle.describe()).awaiting).toMatchObject([{ type: 'timer' }]), soon)
  await first.kill('SIGKILL')
  const wrong = await worker('wrong', build)
  await vi.waitFor(async () => expect((await handle.describe()).problem).toBeDefined(), soon)
  return { handle, wrong }
}

async function isHealed(handle: Awaited<ReturnType<typeof blocked>>['handle']): Promise<void> {
  await vi.waitFor(async () => expect((await handle.describe()).status).toBe('COMPLETED'), healed)
  expect(await handle.result()).toBe('fixed')
  expect((await handle.describe()).problem).toBeUndefined()
  expect(stage.bodies().filter((line) => /^(resize|publish)/.test(line))).toEqual(['resize a', 'publish a, fixed'])
}

describe('D9 code that does not fit', () => {
  it('blocks the run and explains; the same build does not get it again; a fixed build heals it', async () => {
    const { handle } = await blocked('v2')
    const { problem, status } = await handle.describe()
    expect(status).toBe('PENDING')
    expect(problem).toMatchObject({ type: 'DETERMINISM', attempts: 1 })
    expect(problem?.details).toMatchObject({
      index: 1,
      expected: 'task "resize" (TASK_SCHEDULED, event 2)',
      actual: 'task "publish"',
      location: expect.stringMatching(/heal-worker\.ts:\d+:\d+$/),
      hint: expect.stringContaining('renamed'),
    })
    const types = (await handle.history()).events.map(({ type }) => type)
    expect(types.at(-1)).toBe('TIMER_FIRED')
    expect(types).not.toContain('WORKFLOW_FAILED')
    await vi.waitFor(() => expect(errors()).toHaveLength(1), soon)
    expect(errors()[0]).toMatch(/^error wrong DeterminismError run 1 of album-7 \(workflow "album"\) is blocked: call 1: /)
    expect(errors()[0]).toMatch(/heal-worker\.ts:\d+:\d+\. .* start a worker with code that fits/)

    await worker('wrong', 'v2')
    await worker('fixed', 'v3')
    await isHealed(handle)
    expect(errors()).toHaveLength(1)
    expect(stage.bodies()).not.toContain('caught')
    expect(stage.bodies()).not.toContain('finally')
  })

  it('without builds, the next worker that says hello tries; the one that failed does not again', async () => {
    const { handle } = await blocked()
    await worker('fixed')
    await isHealed(handle)
    expect(errors()).toHaveLength(1)
  })

  it('the service is killed meanwhile: it still knows', async () => {
    const { handle } = await blocked('v2')
    await stage.crash()
    await worker('wrong', 'v2')
    expect((await handle.describe()).problem).toMatchObject({ type: 'DETERMINISM', attempts: 1 })
    await worker('fixed', 'v3')
    await isHealed(handle)
    expect(errors().filter((line) => line.includes('DeterminismError'))).toHaveLength(1)
  })

  it('a workflow that says so fails instead, with all that is known', async () => {
    const first = await worker('original', 'v1')
    const handle = await stage.client.start('album', undefined, { id: 'album-7' })
    await vi.waitFor(async () => expect((await handle.describe()).awaiting).toMatchObject([{ type: 'timer' }]), soon)
    await first.kill('SIGKILL')
    await worker('wrong', 'v2', { POLICY: 'fail' })
    const error: unknown = await handle.result().catch((caught: unknown) => caught)
    if (!WorkflowFailedError.is(error) || !ApplicationFailure.is(error.cause)) throw error
    expect(error.cause.type).toBe('DETERMINISM')
    expect(error.cause.details).toMatchObject({ index: 1, actual: 'task "publish"' })
    expect((await handle.describe()).status).toBe('FAILED')
    await vi.waitFor(() => expect(errors()).toHaveLength(1), soon)
    expect(errors()[0]).toContain('has failed: call 1')
    expect(stage.bodies()).not.toContain('finally')
  })
})
