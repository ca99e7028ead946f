/** What an index makes of news that comes late, twice, from machines whose clocks differ, and of the deleted. */
import { describe, expect, test } from 'vitest'
import { Register } from '../../../durable/execution-index/register.ts'
import type { Sql } from '../../../durable/sql.ts'
import { emptyIndex, summary } from './disk.ts'

const minuteMs = 60_000

function index(): { register: Register; statuses(): string[]; sql: Sql } {
  const { sql, store } = emptyIndex()
  const statuses = () => store.named(['a']).map(({ createdAt, status }) => `${createdAt} ${status}`)
  return { register: new Register(sql), statuses, sql }
}

const running = summary('a', { status: 'RUNNING', revision: 5 })
const done = summary('a', { status: 'COMPLETED', closedAt: 1_500, sequence: 9, revision: 6 })

describe('news', () => {
  test('that is older changes nothing, and its teller is told by how much', () => {
    const { register, statuses } = index()
    expect(register.note(running)).toBeUndefined()
    expect(register.note({ ...running, status: 'WAITING', revision: 3 })).toBe(5)
    expect(statuses()).toEqual(['1000 RUNNING'])
  })

  test('that says the same writes nothing while the execution is open', () => {
    const { register, sql } = index()
    register.note(running)
    expect(register.note({ ...running, revision: 8 })).toBeUndefined()
    expect([...sql.exec('SELECT revision FROM executions')]).toEqual([{ revision: 5 }])
  })
})

describe('the deleted', () => {
  test('are not brought back by late news, also when the index has restarted', () => {
    const { register, statuses, sql } = index()
    register.note(done)
    register.forget('a', { ...done, revision: 10 }, 0)
    expect(register.note(done)).toBe(10)
    expect(new Register(sql).note(done)).toBe(10)
    expect(statuses()).toEqual([])
  })

  test('are not brought back by who asked them before and tells it late', () => {
    const { register, statuses } = index()
    register.note(done)
    const testimony = { ids: ['a'], summaries: [{ ...done, revision: 9 }], askedAt: minuteMs }
    register.forget('a', { ...done, revision: 10 }, 0)
    expect(register.reconcile(testimony)).toEqual({ unchanged: 0, corrected: 0, removed: 0 })
    expect(statuses()).toEqual([])
  })

  test('have successors under the same id, which are found', () => {
    const { register, statuses } = index()
    register.forget('a', { ...done, revision: 10 }, 0)
    register.note({ ...running, createdAt: 2_000, revision: 2 })
    expect(statuses()).toEqual(['2000 RUNNING'])
  })

  test('a forgetting that comes late finds that the execution has stayed', () => {
    const { register, statuses } = index()
    register.note(done)
    // It says the same as before: that it is newer is what matters.
    expect(register.note({ ...done, revision: 20 })).toBeUndefined()
    expect(register.forget('a', { ...done, revision: 10 }, 0)).toBe(20)
    expect(statuses()).toEqual(['1000 COMPLETED'])
  })

  test('an older forgetting does not loosen a newer one', () => {
    const { register, statuses } = index()
    register.forget('a', { ...done, revision: 10 }, 0)
    expect(register.forget('a', { ...done, revision: 7 }, 1)).toBe(10)
    register.note({ ...done, revision: 9 })
    expect(statuses()).toEqual([])
  })

  test('are remembered for a minute', () => {
    const { register, sql } = index()
    const stones = () => [...sql.exec<{ id: string }>('SELECT id FROM deleted ORDER BY id')].map(({ id }) => id).join()
    register.forget('a', done, 0)
    register.forget('b', done, minuteMs - 1)
    expect(stones()).toBe('a,b')
    register.forget('c', done, minuteMs)
    expect(stones()).toBe('b,c')
  })
})

test('what is not there when it is asked is removed, unless it may have begun since', () => {
  const { register, statuses } = index()
  register.note({ ...running, createdAt: 1_000 })
  register.note({ ...running, createdAt: 89_000 })
  const value = register.reconcile({ ids: ['a'], summaries: [], askedAt: 90_000 })
  expect(value).toEqual({ unchanged: 0, corrected: 0, removed: 1 })
  expect(statuses()).toEqual(['89000 RUNNING'])
})
