/** The live stream: every reader's order is the log's (L7), whenever it comes, over whatever it reads. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { executionName } from '../../durable/stubs.ts'
import { done, Organisation, scheduled, scheduledMany } from './peer.ts'
import { type Reader, readEvents, readSocket, type StreamFrame } from './reader.ts'

const bindings: Env = env
const soon = { timeout: 20_000, interval: 5 }
const complete = { type: 'COMPLETE_WORKFLOW', output: 'joined' }
const doors = { 'server-sent events': readEvents, 'a socket': readSocket }

const placesOf = (frames: StreamFrame[]) =>
  frames.filter(({ type }) => type === 'Event').map(({ run, sequence, event }) => `${run}-${sequence} ${event}`)

async function logOf(organisation: Organisation, id: string): Promise<string[]> {
  const events = await organisation.events(id)
  return events.map(({ sequence, type }) => `1-${sequence} ${type}`)
}

describe.each(Object.entries(doors))('over %s', (_, read) => {
  it('S6 S7 S10 a reader from the beginning and one who comes when all is over have the log, and then the end', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 3 } })
    await organisation.start('early', { startAfterMs: 1 })
    const early = await read(organisation, 'early')
    await peer.answer(await peer.next('activation'), scheduledMany(3))
    const tasks = [await peer.next('task'), await peer.next('task'), await peer.next('task')]
    await peer.report(tasks.map((task) => done(task)))
    peer.say({ type: 'slots', workflow: 1, task: 0 })
    await peer.answer(await peer.next('activation'), [complete])
    await early.ended
    const log = await logOf(organisation, 'early')
    expect(placesOf(early.frames)).toEqual(log)
    expect(early.frames.at(-1)).toEqual({ type: 'End', status: 'COMPLETED' })
    const late = await read(organisation, 'early')
    await late.ended
    expect(late.frames.map(({ type }) => type)).toEqual([...log.map(() => 'Event'), 'End'])
    expect(placesOf(late.frames)).toEqual(log)
  })

  it('S6 500 completions in one tick: each of ten readers, who came at ten moments, sees the order of the log', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 500 } })
    await organisation.start('many')
    const readers = [await read(organisation, 'many')]
    await peer.answer(await peer.next('activation'), scheduledMany(500))
    const tasks = []
    for (let n = 0; n < 500; n += 1) {
      tasks.push(await peer.next('task'))
      if (n % 100 === 0) readers.push(await read(organisation, 'many', `?after=${n}`))
    }
    const whole = peer.report(tasks.map((task) => done(task)))
    readers.push(await read(organisation, 'many'), await read(organisation, 'many', '?after=1-3'))
    await whole
    peer.say({ type: 'slots', workflow: 1, task: 0 })
    await peer.answer(await peer.next('activation'), [complete])
    readers.push(await read(organisation, 'many'), await read(organisation, 'many', '?run=1&after=900'))
    const log = await logOf(organisation, 'many')
    expect(log).toHaveLength(1 + 500 + 1 + 500 + 1)
    for (const reader of readers) {
      await reader.ended
      const places = placesOf(reader.frames)
      expect(places).toEqual(log.slice(log.length - places.length))
      expect(reader.frames.at(-1)?.type).toBe('End')
    }
    expect(readers.map(({ frames }) => placesOf(frames).length)).toEqual([
      ...[log.length, log.length, ...[100, 200, 300, 400].map((n) => log.length - n)],
      ...[log.length, log.length - 3, log.length, log.length - 900],
    ])
  })

  it('L7 it goes on where it was after an eviction, without a gap or a repeat', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 1 } })
    await organisation.start('evicted')
    const views: Reader[] = [await read(organisation, 'evicted')]
    let activation = await peer.next('activation')
    for (let n = 1; n <= 3; n += 1) {
      await peer.answer(activation, [scheduled(n)])
      const task = await peer.next('task')
      const last = views.at(-1)
      // A response keeps its object alive: its reader leaves first, and comes back to the new one.
      if (read === readEvents) last?.leave()
      await evictDurableObject(bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, 'evicted')))
      if (read === readEvents) views.push(await readEvents(organisation, 'evicted', '?after=0', last?.last()))
      peer.say({ type: 'slots', workflow: 1, task: 1 })
      await peer.report([done(task)])
      activation = await peer.next('activation')
    }
    await peer.answer(activation, [complete])
    await views.at(-1)?.ended
    const log = await logOf(organisation, 'evicted')
    await vi.waitFor(() => expect(views.flatMap(({ frames }) => placesOf(frames))).toEqual(log), soon)
  })

  it('goes on into the next run, and with `run` ends with it', async () => {
    const organisation = await Organisation.create()
    await organisation.start('again')
    const both = await read(organisation, 'again')
    const first = await read(organisation, 'again', '?run=1')
    await organisation.start('again', { onConflict: 'TERMINATE_EXISTING' })
    await first.ended
    await organisation.call('POST', '/workflow-executions/again/terminate', {})
    await both.ended
    expect(placesOf(both.frames)).toEqual([
      '1-1 WORKFLOW_STARTED',
      '1-2 WORKFLOW_TERMINATED',
      '2-1 WORKFLOW_STARTED',
      '2-2 WORKFLOW_TERMINATED',
    ])
    expect(first.frames.at(-1)).toEqual({ type: 'End', status: 'TERMINATED' })
    expect(placesOf(first.frames)).toEqual(['1-1 WORKFLOW_STARTED', '1-2 WORKFLOW_TERMINATED'])
  })

  it('W13 frames of a task come after what made it and before what ended it; a late reader has the last 256', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 1 } })
    await organisation.start('framed')
    const early = await read(organisation, 'framed')
    await peer.answer(await peer.next('activation'), scheduledMany(1))
    const task = await peer.next('task')
    const subject = { executionId: task.executionId, run: task.run, id: task.taskId, token: task.token }
    const tokens = (from: number, count: number) =>
      Array.from({ length: count }, (__, n) => ({ type: 'Token' as const, index: from + n, text: `t${from + n}` }))
    const { results } = await peer.report([{ type: 'frames', ...subject, frames: tokens(0, 300) }])
    expect(results).toEqual([{ ok: true }])
    const late = await read(organisation, 'framed')
    const progress = { type: 'Progress' as const, index: 300, value: 0.5, details: { of: '…' } }
    await peer.report([{ type: 'frames', ...subject, frames: [progress] }, done(task)])
    peer.say({ type: 'slots', workflow: 1, task: 0 })
    await peer.answer(await peer.next('activation'), [complete])
    await Promise.all([early.ended, late.ended])
    for (const [reader, from] of [
      [early, 0],
      [late, 44],
    ] as const) {
      const shown = reader.frames.filter(({ type }) => type === 'Token' || type === 'Progress')
      expect(shown.map(({ index }) => index)).toEqual(Array.from({ length: 301 - from }, (__, n) => from + n))
      const places = reader.frames.map(({ type, event }) => event ?? type)
      expect(places.indexOf('TASK_SCHEDULED')).toBeLessThan(places.indexOf('Token'))
      expect(places.lastIndexOf('Progress')).toBeLessThan(places.indexOf('TASK_COMPLETED'))
      expect(shown.at(-1)).toMatchObject({ taskId: 'task-1', attempt: 1, value: 0.5, details: { of: '…' }, afterSequence: 3 })
    }
    expect(early.frames.filter(({ type }) => type === 'TaskStarted')).toMatchObject([{ taskId: 'task-1', attempt: 1 }])
    const stale = await peer.report([{ type: 'frames', ...subject, frames: tokens(301, 1) }])
    expect(stale.results).toMatchObject([{ ok: false, code: 'stale_attempt' }])
  })
})

describe('one socket', () => {
  const word = 'x'.repeat(250_000)
  const say = async (organisation: Organisation, from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n += 1)
      await organisation.call('POST', '/workflow-executions/a/signals/word', { payload: word, signalId: `${n}` })
  }

  it('carries 8 MiB, whatever becomes of the object meanwhile; who comes back has the log without a gap or a repeat', async () => {
    const organisation = await Organisation.create()
    await organisation.start('a')
    await say(organisation, 1, 16)
    const first = await readSocket(organisation, 'a')
    await vi.waitFor(() => expect(first.last()).toBe('1-17'), soon)
    await evictDurableObject(bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, 'a')))
    await say(organisation, 17, 40)
    await first.ended
    const last = first.last() ?? ''
    expect(first.closing).toEqual({ code: 1013, reason: `enough for one socket: go on after ${last}` })
    // Events of 250 kB: as many as fit, and those of the page with which it was enough.
    expect(Number(last.slice('1-'.length))).toBeGreaterThanOrEqual(34)
    expect(Number(last.slice('1-'.length))).toBeLessThanOrEqual(37)
    const second = await readSocket(organisation, 'a', `?after=${last}`)
    await organisation.call('POST', '/workflow-executions/a/terminate', {})
    await second.ended
    expect(second.closing?.code).toBe(1000)
    expect(placesOf([...first.frames, ...second.frames])).toEqual(await logOf(organisation, 'a'))
  })

  it('stays open when it has carried so much, as long as nothing follows', async () => {
    const organisation = await Organisation.create()
    await organisation.start('a')
    await say(organisation, 1, 34)
    const reader = await readSocket(organisation, 'a')
    await vi.waitFor(() => expect(reader.last()).toBe('1-35'), soon)
    await organisation.describe('a')
    expect(reader.closing).toBeUndefined()
    await organisation.call('POST', '/workflow-executions/a/terminate', {})
    await reader.ended
    expect(reader.closing?.code).toBe(1013)
    expect(reader.last()).toBe('1-35')
  })
})

it('bad positions are refused by name', async () => {
  const organisation = await Organisation.create()
  await organisation.start('x')
  const refused = [
    ['?after=2', 'invalid_request', 'after: run 1 ends with event 1, before 2'],
    ['?after=2-0&run=1', 'invalid_request', 'after: it is of run 2, and run is 1'],
    ['?run=2', 'not_found', 'there is no run 2'],
    ['?after=x', 'invalid_request', 'after: after is a sequence, or <run>-<sequence>'],
    ['?from=1', 'invalid_request', 'from: unknown field'],
  ]
  for (const [query, code, detail] of refused) {
    const response = await organisation.request('GET', `/workflow-executions/x/stream${query}`)
    expect(await response.json()).toMatchObject({ code, detail })
  }
  const nobody = await organisation.request('GET', '/workflow-executions/nobody/stream')
  expect(nobody.status).toBe(404)
})

it('events that are asked for by name have their name', async () => {
  const organisation = await Organisation.create()
  await organisation.start('named')
  await organisation.call('POST', '/workflow-executions/named/terminate', {})
  const response = await organisation.request('GET', '/workflow-executions/named/stream?named=true&after=1')
  expect(response.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8')
  const lines = (await response.text()).split('\n')
  expect(lines.slice(0, 2)).toEqual(['id: 1-2', 'event: WORKFLOW_TERMINATED'])
  expect(lines.slice(4, 6)).toEqual(['event: End', 'data: {"type":"End","status":"TERMINATED"}'])
})
