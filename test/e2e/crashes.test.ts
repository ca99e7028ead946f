/** Real processes, killed with -9: nothing is lost, nothing counts twice, work moves. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Stage } from './stage.ts'
import { chain, fan, held } from './steps.ts'

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())

const soon = { timeout: 20_000, interval: 10 }

/** A small linear congruential generator (Numerical Recipes), so that a seed names the moments. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('joining', () => {
  it('S1 S2 1 to 1,000 parallel tasks come back in call order, each once in the log', { timeout: 60_000 }, async () => {
    await stage.worker({ TASK_SLOTS: '100' })
    for (const n of [1, 2, 4, 5, 10, 100, 1_000]) {
      const handle = await stage.client.start(fan, { n }, { id: `fan-${n}` })
      expect(await handle.result()).toEqual(Array.from({ length: n }, (_, index) => index))
      const { events } = await handle.history()
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
      expect(events.filter(({ type }) => type === 'TASK_COMPLETED')).toHaveLength(n)
    }
  })
})

describe('a worker is killed', () => {
  it('W2 its task is taken over by another within 10 s; W5 other work goes on meanwhile', { timeout: 60_000 }, async () => {
    const first = await stage.worker({ TASK_SLOTS: '2' })
    const handle = await stage.client.start(held, { tasks: 1, until: stage.path('go') }, { id: 'held' })
    await vi.waitFor(() => expect(stage.bodies()).toHaveLength(1), soon)
    expect(await (await stage.client.start(fan, { n: 5 }, { id: 'beside' })).result()).toHaveLength(5)
    const second = await stage.worker()
    await first.kill('SIGKILL')
    await vi.waitFor(() => expect(stage.bodies().filter((line) => line.startsWith('held'))).toHaveLength(2), {
      ...soon,
      timeout: 10_000,
    })
    stage.release('go')
    expect(await handle.result()).toEqual([second.pid])
    expect(
      stage
        .bodies()
        .filter((line) => line.startsWith('held task-1'))
        .map((line) => line.split(' ')[2]),
    ).toEqual(['1', '2'])
  })

  it('W2 in the middle of a workflow that has much behind it: another one replays and goes on', { timeout: 60_000 }, async () => {
    const first = await stage.worker()
    const handle = await stage.client.start(chain, { n: 300 }, { id: 'long' })
    await vi.waitFor(() => expect(stage.bodies().length).toBeGreaterThan(20), soon)
    await stage.worker()
    await first.kill('SIGKILL')
    expect(await handle.result()).toEqual(Array.from({ length: 300 }, (_, n) => n))
    const { events } = await handle.history()
    expect(events.filter(({ type }) => type === 'TASK_COMPLETED')).toHaveLength(300)
  })
})

describe('the service is killed', () => {
  it('W15 N1 as in a deploy, all sockets gone: workers come back with what they hold, nothing runs twice', {
    timeout: 60_000,
  }, async () => {
    await stage.worker()
    const handle = await stage.client.start(held, { tasks: 10, until: stage.path('go') }, { id: 'held' })
    await vi.waitFor(() => expect(stage.bodies()).toHaveLength(10), soon)
    await stage.crash()
    stage.release('go')
    expect(await handle.result()).toHaveLength(10)
    expect(stage.bodies()).toHaveLength(10)
  })

  it('W2 W7 W15 N1 N2 N3 at twenty random moments under load: every started workflow completes, every acknowledged event is there', {
    timeout: 240_000,
  }, async () => {
    const pick = seeded(20)
    await stage.worker()
    await stage.worker()
    const started: { id: string; n: number }[] = []
    const acknowledged = new Map<string, string[]>()
    const look = async (id: string): Promise<void> => {
      const { events } = await stage.client.handle(id).history()
      acknowledged.set(
        id,
        events.map((event) => JSON.stringify(event)),
      )
    }
    for (let round = 0; round < 20; round += 1) {
      const bodies = stage.bodies().length
      for (let k = 0; k < 3; k += 1) {
        const id = `run-${round}-${k}`
        const n = 5 + pick(25)
        await stage.client.start(k === 0 ? chain : fan, { n }, { id })
        started.push({ id, n })
      }
      const moment = bodies + 1 + pick(20)
      await vi.waitFor(() => expect(stage.bodies().length).toBeGreaterThanOrEqual(moment), soon)
      await look(`run-${round}-${pick(3)}`)
      await stage.crash()
    }
    for (const { id, n } of started) {
      expect(await stage.client.handle(id).result(), id).toEqual(Array.from({ length: n }, (_, index) => index))
      const { events } = await stage.client.handle(id).history()
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
      expect(events.filter(({ type }) => type === 'TASK_COMPLETED')).toHaveLength(n)
      const before = acknowledged.get(id) ?? []
      expect(events.slice(0, before.length).map((event) => JSON.stringify(event))).toEqual(before)
    }
  })
})
