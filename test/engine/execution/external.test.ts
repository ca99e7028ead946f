/** Signals and cancellations that a workflow sends to other executions. */
import { describe, expect, it } from 'vitest'
import { terminate } from '../../../engine/execution/closing.ts'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { limits } from '../../../schemas/limits.ts'
import { Family } from './family.ts'
import type { Specimen } from './specimen.ts'

const signal = (to: string, n = 1, payload = '{"n":1}'): WorkflowCommand => ({
  type: 'SIGNAL_WORKFLOW',
  requestId: `external-${n}`,
  executionId: to,
  name: 'news',
  payload,
})
const cancel = (to: string, n = 1): WorkflowCommand => ({
  type: 'CANCEL_WORKFLOW_EXECUTION',
  requestId: `external-${n}`,
  executionId: to,
  reason: 'enough',
})

const answer = (member: Specimen, commands: WorkflowCommand[]): void => {
  const answered = member.answer(member.activate(), commands)
  if (!answered.ok) throw new Error(answered.refusal.message)
}

const last = (member: Specimen) => {
  const event = member.log.at(-1)
  return { ...event, payload: event?.payload === undefined ? undefined : JSON.parse(event.payload) }
}

describe('a signal to another execution', () => {
  it('arrives with its value under an id of its sender, and the answer wakes the sender', () => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    answer(a, [signal('b')])
    expect(a.types()).toEqual(['WORKFLOW_STARTED', 'WORKFLOW_SUSPENDED'])
    expect([...a.state.outbox.values()]).toMatchObject([{ message: { type: 'signal', name: 'news' } }])
    family.settle()
    expect(last(b)).toMatchObject({
      type: 'SIGNAL_RECEIVED',
      data: { name: 'news', signalId: 'a:1:external-1' },
      payload: { n: 1 },
    })
    expect(last(a)).toMatchObject({
      type: 'EXTERNAL_SIGNAL_SENT',
      data: { requestId: 'external-1', executionId: 'b', name: 'news' },
    })
    expect(a.activate().issued.snapshotSequence).toBe(3)
    expect(a.outbox.size + a.posted.size).toBe(0)
  })

  it('N1 that waits when its sender dies still has its value, and does not arrive twice', () => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    answer(a, [signal('b')])
    a.restart()
    family.send(a)
    const [letter] = family.letters
    if (letter === undefined) throw new Error('nothing was sent')
    family.deliver(letter)
    a.restart()
    family.settle()
    expect(b.count('SIGNAL_RECEIVED')).toBe(1)
    expect(a.count('EXTERNAL_SIGNAL_SENT')).toBe(1)
    expect(last(b)).toMatchObject({ payload: { n: 1 } })
  })

  it('L8 on its way is a duty, also of one that is closed', () => {
    const family = new Family()
    const a = family.start('a')
    family.start('b')
    answer(a, [signal('b'), { type: 'COMPLETE_WORKFLOW' }])
    for (const offer of a.offers()) a.answerOffer(offer, undefined)
    family.send(a)
    expect(nextDutyAt(a.state, a.now)).toBeLessThanOrEqual(a.now + 5_000)
    family.settle()
    expect(nextDutyAt(a.state, a.now)).toBeUndefined()
  })

  it('on its way has used up its id, after a restart too', () => {
    const family = new Family()
    const a = family.start('a')
    family.start('b')
    answer(a, [signal('b'), { type: 'START_TIMER', timerId: 'timer-1', durationMs: 0 }])
    a.restart()
    a.tick()
    family.send(a)
    expect(a.answer(a.activate(), [cancel('b')])).toMatchObject({
      refusal: { message: 'commands[0].requestId: external-1 exists already' },
    })
  })

  it('to itself is a signal like any other', () => {
    const family = new Family()
    const a = family.start('a')
    answer(a, [signal('a')])
    family.settle()
    expect(a.types().slice(2)).toEqual(['SIGNAL_RECEIVED', 'EXTERNAL_SIGNAL_SENT'])
  })

  it('with an over-long sender has an id that fits', () => {
    const family = new Family()
    const id = 'a'.repeat(200)
    const [a, b] = [family.start(id), family.start('b')]
    answer(a, [signal('b'), signal('b', 2)])
    family.settle()
    const ids = b.log.flatMap((event) => (event.type === 'SIGNAL_RECEIVED' ? [event.data.signalId] : []))
    expect(new Set(ids).size).toBe(2)
    for (const each of ids) expect(each.length).toBeLessThanOrEqual(limits.nameCharacters)
  })

  it('FIFO: many to one arrive in the order of the calls, also when the first has to be sent again', () => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    answer(
      a,
      Array.from({ length: 20 }, (_, n) => signal('b', n + 1, String(n))),
    )
    family.send(a)
    expect(family.letters).toHaveLength(1)
    const [first] = family.letters
    if (first === undefined) throw new Error('nothing was sent')
    family.lose(first)
    family.send(a)
    expect(family.letters).toEqual([])
    family.settle()
    const values = b.log.filter(({ type }) => type === 'SIGNAL_RECEIVED').map(({ payload }) => Number(payload))
    expect(values).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  it('does not wait for those to others', () => {
    const family = new Family()
    const a = family.start('a')
    for (const to of ['b', 'c']) family.start(to)
    answer(a, [signal('b'), signal('c', 2), signal('b', 3)])
    family.send(a)
    expect(family.letters.map(({ to }) => to)).toEqual(['b', 'c'])
  })
})

describe('what cannot be delivered', () => {
  const kinds = [
    ['signal', signal, 'EXTERNAL_SIGNAL_FAILED'],
    ['cancellation', cancel, 'EXTERNAL_CANCEL_FAILED'],
  ] as const

  it.each(kinds)('a %s to an unknown execution fails with not_found', (_, command, type) => {
    const family = new Family()
    const a = family.start('a')
    answer(a, [command('nobody')])
    family.settle()
    expect(last(a)).toMatchObject({
      type,
      data: { requestId: 'external-1', executionId: 'nobody' },
      payload: { type: 'not_found' },
    })
    expect(a.run.activation).toBeDefined()
  })

  it.each(kinds)('a %s to a closed execution fails with already_closed', (_, command, type) => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    answer(b, [{ type: 'COMPLETE_WORKFLOW' }])
    answer(a, [command('b')])
    family.settle()
    expect(last(a)).toMatchObject({ type, payload: { type: 'already_closed' } })
  })

  it('a signal to an execution that reads none fails with the limit, and what follows arrives', () => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    b.turn((draft) => {
      for (let n = 0; n < limits.signalsUnread; n += 1) draft.append('SIGNAL_RECEIVED', { name: 'n', signalId: `s${n}` })
    })
    answer(a, [signal('b'), cancel('b', 2)])
    family.settle()
    const failed = a.log.find(({ type }) => type === 'EXTERNAL_SIGNAL_FAILED')
    expect(JSON.parse(failed?.payload ?? '')).toMatchObject({
      type: 'rate_limited',
      message: expect.stringContaining('signalsUnread'),
    })
    expect(last(b)).toMatchObject({ type: 'CANCELLATION_REQUESTED' })
  })

  it('L11 an answer that comes after the end is no event', () => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    answer(a, [signal('b'), signal('nobody', 2), { type: 'COMPLETE_WORKFLOW' }])
    family.settle()
    expect(a.types()).toEqual(['WORKFLOW_STARTED', 'WORKFLOW_COMPLETED'])
    expect(b.count('SIGNAL_RECEIVED')).toBe(1)
    expect(a.outbox.size).toBe(0)
  })
})

describe('a cancellation of another execution', () => {
  it('is its own request there, told once', () => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    answer(a, [cancel('b')])
    family.settle()
    expect(last(b)).toMatchObject({ type: 'CANCELLATION_REQUESTED', data: { by: 'execution a', reason: 'enough' } })
    expect(last(a)).toMatchObject({ type: 'EXTERNAL_CANCEL_SENT', data: { requestId: 'external-1', executionId: 'b' } })
  })

  it('that is told again after it has ended the other was sent', () => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    answer(a, [cancel('b')])
    family.send(a)
    const [letter] = family.letters
    if (letter === undefined) throw new Error('nothing was sent')
    family.deliver(letter)
    answer(b, [{ type: 'CANCEL_WORKFLOW' }])
    b.restart()
    family.lose(letter)
    family.settle()
    expect(last(a)).toMatchObject({ type: 'EXTERNAL_CANCEL_SENT' })
    expect(last(b)).toMatchObject({ type: 'WORKFLOW_CANCELLED' })
  })

  it('of one that was terminated meanwhile failed', () => {
    const family = new Family()
    const [a, b] = [family.start('a'), family.start('b')]
    answer(a, [cancel('b')])
    b.turn((draft) => terminate(draft, 'client', undefined))
    family.settle()
    expect(last(a)).toMatchObject({ type: 'EXTERNAL_CANCEL_FAILED' })
  })
})
