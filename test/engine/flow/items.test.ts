/** The items of a task of a flow as they are read. */
import { describe, expect, it } from 'vitest'
import { itemsText } from '../../../engine/flow/items-text.ts'
import { flowItemPage } from '../../../schemas/flow/items.ts'
import { FlowSpecimen, type Sketch } from './flow-specimen.ts'

const fan: Sketch = {
  tasks: {
    resize: {
      items: { in: '{{ input }}', concurrency: 3, key: 'k{{ item }}', onItemFailure: 'stop' },
      retry: { maximumAttempts: 2, initialIntervalMs: 1_000 },
      next: [{ do: ['after'] }],
    },
    after: {},
  },
}

function read(specimen: FlowSpecimen, task = 'resize', query = { after: 0, limit: 100 }) {
  const source = {
    events: { one: (_run: number, sequence: number) => ({ payload: specimen.log[sequence - 1]?.payload ?? null }) },
  }
  const text = itemsText(specimen.run, source, task, query, specimen.now)
  return text === undefined ? undefined : flowItemPage.strict().parse(JSON.parse(text))
}

describe('items of a task', () => {
  it('parked, dispatched, running and retrying are different states, and counted', () => {
    const specimen = new FlowSpecimen().begin(fan, [0, 1, 2, 3, 4])
    const [running, failing] = specimen.claim('task', 'resize', 2)
    if (running === undefined || failing === undefined) throw new Error('nothing to claim')
    specimen.fail(failing)
    const page = read(specimen)
    expect(page?.items.map(({ index, key, status, attempts }) => [index, key, status, attempts])).toEqual([
      [0, 'k0', 'running', 1],
      [1, 'k1', 'retrying', 2],
      [2, 'k2', 'dispatched', 1],
      [3, 'k3', 'parked', 0],
      [4, 'k4', 'parked', 0],
    ])
    expect(page).toMatchObject({ task: 'resize', visit: 1, status: 'open' })
    expect(page?.counters).toMatchObject({ running: 1, retrying: 1, dispatched: 1, parked: 2, succeeded: 0, total: 5 })
    expect(read(specimen, 'after')).toMatchObject({ visit: 0, status: 'pending', items: [] })
    expect(read(specimen, 'none')).toBeUndefined()
  })

  it('closed: outputs, failures and what was skipped, in index order, in pages, also after a restart', () => {
    const specimen = new FlowSpecimen().begin(fan, [0, 1, 2, 3, 4])
    const [a, b, c] = specimen.out()
    if (a === undefined || b === undefined || c === undefined) throw new Error('nothing is out')
    specimen.done(b, { made: 1 })
    specimen.fail(a, { nonRetryable: true })
    specimen.done(c)
    for (const out of specimen.out('resize')) specimen.done(out)
    specimen.restart()
    const whole = read(specimen)
    expect(whole).toMatchObject({ status: 'failed', counters: { succeeded: 3, failed: 1, skipped: 1, total: 5 } })
    expect(whole?.items.slice(0, 2)).toMatchObject([
      { index: 0, key: 'k0', status: 'failed', failure: { type: 'Oops' } },
      { index: 1, key: 'k1', status: 'succeeded', output: { made: 1 }, attempts: 1 },
    ])
    expect(whole?.items[4]).toEqual({ index: 4, key: 'k4', status: 'skipped', attempts: 0 })
    const page = read(specimen, 'resize', { after: 0, limit: 2 })
    expect(page?.items.map(({ index }) => index)).toEqual([0, 1])
    expect(page?.nextCursor).toBe('2')
    expect(read(specimen, 'resize', { after: 4, limit: 2 })?.nextCursor).toBeUndefined()
    expect(read(specimen, 'after')).toMatchObject({ status: 'skipped' })
  })
})
