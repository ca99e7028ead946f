/** State and attributes that the code shows: given commands, then what readers get. D5, D13 (engine side), N11. */
import { describe, expect, it } from 'vitest'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { stateText, stateValueText } from '../../../engine/execution/shown-state.ts'
import { Specimen, schedule } from './specimen.ts'
import { complete, signal } from './talking.ts'

const set = (key: string, value: string): WorkflowCommand => ({ type: 'SET_STATE', key, value })
const clear = (key: string): WorkflowCommand => ({ type: 'CLEAR_STATE', key })
const attributes = (values: Record<string, string | number | boolean | string[]>): WorkflowCommand => ({
  type: 'SET_ATTRIBUTES',
  attributes: values,
})

const source = (specimen: Specimen) => ({
  events: {
    payload: (run: number, sequence: number) =>
      specimen.log.find((event) => event.run === run && event.sequence === sequence)?.payload,
  },
})
const shown = (specimen: Specimen) => stateText(specimen.run, source(specimen))
const value = (specimen: Specimen, key: string) => stateValueText(specimen.run, source(specimen), key)
const text = (value: string) => ({ ok: true, value })

describe('state', () => {
  it('is the last value of each key; a cleared one is gone; every command has its event, in the order of the calls (D13)', () => {
    const specimen = Specimen.running([
      set('a', '1'),
      set('b', 'null'),
      set('a', '[2]'),
      clear('never set'),
      set('c', '3'),
      clear('c'),
    ])
    expect(shown(specimen)).toEqual(text('{"items":{"a":[2],"b":null}}'))
    expect(value(specimen, 'a')).toEqual(text('{"value":[2]}'))
    expect(value(specimen, 'b')).toEqual(text('{"value":null}'))
    expect(value(specimen, 'c')).toMatchObject({ ok: false, refusal: { code: 'not_found' } })
    specimen.restart()
    expect(shown(specimen)).toEqual(text('{"items":{"a":[2],"b":null}}'))
    expect(specimen.log.slice(1, -1).map(({ type, data }) => [type, data])).toEqual([
      ['STATE_SET', { key: 'a' }],
      ['STATE_SET', { key: 'b' }],
      ['STATE_SET', { key: 'a' }],
      ['STATE_CLEARED', { key: 'never set' }],
      ['STATE_SET', { key: 'c' }],
      ['STATE_CLEARED', { key: 'c' }],
    ])
  })

  it.each([
    complete,
    { type: 'FAIL_WORKFLOW', failure: '{"type":"X","message":""}' } as const,
    { type: 'CANCEL_WORKFLOW' } as const,
  ])('D5 that is set just before $type is recorded, and read afterwards', (closing) => {
    const specimen = Specimen.running([set('last', '"words"'), closing])
    expect(specimen.run.closed).toBeDefined()
    expect(shown(specimen)).toEqual(text('{"items":{"last":"words"}}'))
  })

  it('has no keys that are not its own', () => {
    const specimen = Specimen.running([set('__proto__', '1'), set('"', '2')])
    expect(shown(specimen)).toEqual(text('{"items":{"__proto__":1,"\\"":2}}'))
    expect(value(specimen, 'constructor')).toMatchObject({ ok: false })
  })

  it('that is more than one answer holds is refused with the limit, and read key by key', () => {
    const large = JSON.stringify('a'.repeat(1_000_000))
    const specimen = Specimen.running(Array.from({ length: 9 }, (_, index) => set(`key ${index}`, large)))
    expect(shown(specimen)).toMatchObject({ ok: false, refusal: { code: 'payload_too_large' } })
    expect(value(specimen, 'key 8')).toMatchObject({ ok: true })
  })
})

describe('attributes', () => {
  it('are merged into those of the start', () => {
    const specimen = Specimen.running([attributes({ stage: 'two', tags: ['x'] }), attributes({ tags: [] })], {
      attributes: { customer: 7, stage: 'one' },
    })
    expect(specimen.run.attributes).toEqual({ customer: 7, stage: 'two', tags: [] })
    specimen.restart()
    expect(specimen.run.attributes).toEqual({ customer: 7, stage: 'two', tags: [] })
    expect(specimen.count('ATTRIBUTES_SET')).toBe(2)
  })

  it('N11 beyond a limit are refused with the whole answer, which says what the merged ones would be; the run goes on', () => {
    const many = (from: number, n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, index) => [`key-${from + index}`, index]))
    const specimen = Specimen.running([], { attributes: many(0, 40) })
    signal(specimen, 'news', 'wakes')
    const out = specimen.activate()
    const tooMany = specimen.answer(out, [schedule(1), attributes(many(20, 44)), attributes(many(64, 1))])
    expect(tooMany).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } })
    expect(tooMany.ok ? '' : tooMany.refusal.message).toMatch(/commands\[2\]\.attributes.* 65 .*attributeKeys is 64/)
    const tooLarge = specimen.answer(out, [attributes({ 'key-1': 'é'.repeat(8_192) })])
    expect(tooLarge).toMatchObject({ ok: false, refusal: { code: 'payload_too_large' } })
    expect(tooLarge.ok ? '' : tooLarge.refusal.message).toMatch(/commands\[0\]\.attributes.*attributeBytes is 16384/)
    expect(specimen.types().at(-1)).toBe('SIGNAL_RECEIVED')
    expect(specimen.answer(out, [attributes(many(0, 64))]).ok).toBe(true)
  })
})
