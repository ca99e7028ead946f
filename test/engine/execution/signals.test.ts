/** Signals: given events, when a signal comes, then events. L1, L4, N4, N7, N13. */
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../engine/answer.ts'
import type { StartCommand } from '../../../engine/execution/commands.ts'
import { type StartedAndSignalled, signalWithStart } from '../../../engine/execution/signal-with-start.ts'
import { limits } from '../../../schemas/limits.ts'
import { Specimen, schedule } from './specimen.ts'
import { cancelIt, complete, pauseIt, signal, told } from './talking.ts'

const startCommand: StartCommand = {
  org: 'acme',
  executionId: 'x',
  kind: 'flow',
  queue: 'default',
  idReuse: 'USE_EXISTING',
  onConflict: 'USE_EXISTING',
  limits: { openTasks: 10_000, eventsPerRun: 50_000 },
}

const startAndSignal = (specimen: Specimen, more: Partial<StartCommand> = {}, signalId = 'first'): Answer<StartedAndSignalled> =>
  specimen.turn((draft) => signalWithStart(draft, { ...startCommand, ...more }, { name: 'news', signalId, payload: '1' }))

describe('a signal', () => {
  it('is an event in the order of its arrival, and wakes the run', () => {
    const specimen = Specimen.running([])
    expect(specimen.claim('activation', 'flow')).toEqual([])
    expect(signal(specimen, 'news', 'a', '"one"')).toEqual({ ok: true, value: { sequence: 2 } })
    expect(signal(specimen, 'other', 'b')).toEqual({ ok: true, value: { sequence: 3 } })
    expect(specimen.log.slice(1)).toMatchObject([
      { sequence: 2, type: 'SIGNAL_RECEIVED', data: { name: 'news', signalId: 'a' }, payload: '"one"' },
      { sequence: 3, type: 'SIGNAL_RECEIVED', data: { name: 'other', signalId: 'b' } },
    ])
    expect(specimen.activate().issued.snapshotSequence).toBe(3)
  })

  it('that comes again is answered by where it is, also after a restart and when the run is closed', () => {
    const specimen = Specimen.running([])
    signal(specimen, 'news', 'a')
    const again = () => expect(signal(specimen, 'news', 'a')).toEqual({ ok: true, value: { sequence: 2 } })
    again()
    specimen.restart()
    again()
    specimen.nobodyHasIt()
    specimen.answer(specimen.activate(), [complete])
    again()
    expect(specimen.count('SIGNAL_RECEIVED')).toBe(1)
  })

  it('N13 to a closed run is refused, and nothing is written', () => {
    const specimen = Specimen.running([complete])
    expect(signal(specimen, 'news', 'a')).toMatchObject({ ok: false, refusal: { code: 'already_closed' } })
    expect(specimen.types()).toEqual(['WORKFLOW_STARTED', 'WORKFLOW_COMPLETED'])
  })

  it.each([
    ['without commands', []],
    ['with commands', [schedule(1)]],
  ])(
    'beyond the limit of unread ones is refused with its name; what the code was given counts no more, answered %s',
    (_, commands) => {
      const specimen = new Specimen()
      specimen.start()
      for (let n = 1; n <= limits.signalsUnread; n += 1) expect(signal(specimen, 'news', `${n}`).ok).toBe(true)
      const refused = signal(specimen, 'news', 'one too many')
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'rate_limited' } })
      expect(refused.ok ? '' : refused.refusal.message).toMatch(/signalsUnread is 10000/)
      expect(signal(specimen, 'news', '1')).toMatchObject({ ok: true, value: { sequence: 2 } })
      specimen.restart()
      expect(signal(specimen, 'news', 'still too many').ok).toBe(false)
      specimen.nobodyHasIt()
      const activation = specimen.activate()
      expect(signal(specimen, 'news', 'not answered yet').ok).toBe(false)
      specimen.answer(activation, commands)
      expect(signal(specimen, 'news', 'room again').ok).toBe(true)
    },
  )

  it('is refused when the run has no room for more events, with the name of the limit', () => {
    const specimen = Specimen.running([], { limits: { openTasks: 10, eventsPerRun: 3 } })
    expect(signal(specimen, 'news', 'a').ok).toBe(true)
    expect(signal(specimen, 'news', 'b').ok).toBe(true)
    const refused = signal(specimen, 'news', 'c')
    expect(refused.ok ? '' : refused.refusal.message).toMatch(/eventsPerRun is 3/)
  })
})

describe('N4 a start with a signal', () => {
  it('is one turn: the signal is in the first activation', () => {
    const specimen = new Specimen()
    expect(startAndSignal(specimen)).toMatchObject({
      ok: true,
      value: { id: 'x', run: 1, isNew: true, created: true, sequence: 2 },
    })
    expect(specimen.commits).toBe(1)
    expect(specimen.activate().issued.snapshotSequence).toBe(2)
  })

  it('that finds the execution open signals it', () => {
    const specimen = Specimen.running([])
    expect(startAndSignal(specimen)).toMatchObject({ ok: true, value: { run: 1, isNew: false, created: false, sequence: 2 } })
    expect(specimen.count('WORKFLOW_STARTED')).toBe(1)
  })

  it('that finds it closed is refused, unless it may begin a new run, which then has the signal', () => {
    const specimen = Specimen.running([complete])
    expect(startAndSignal(specimen)).toMatchObject({ ok: false, refusal: { code: 'already_closed' } })
    expect(startAndSignal(specimen, { idReuse: 'ALLOW' })).toMatchObject({
      ok: true,
      value: { run: 2, isNew: true, sequence: 2 },
    })
    expect(told(specimen).slice(2)).toEqual(['WORKFLOW_STARTED', 'SIGNAL_RECEIVED first 1'])
  })

  it.each(['FAIL', 'TERMINATE_EXISTING'] as const)('that comes again with %s changes nothing', (onConflict) => {
    const specimen = new Specimen()
    startAndSignal(specimen, { onConflict })
    const before = specimen.types()
    expect(startAndSignal(specimen, { onConflict })).toMatchObject({ ok: true, value: { run: 1, isNew: false, sequence: 2 } })
    expect(specimen.types()).toEqual(before)
    const other = startAndSignal(specimen, { onConflict }, 'second')
    if (onConflict === 'FAIL') expect(other).toMatchObject({ ok: false, refusal: { code: 'already_exists' } })
    else expect(other).toMatchObject({ ok: true, value: { run: 2, isNew: true, sequence: 2 } })
  })

  it('of another kind is refused, and the signal with it', () => {
    const specimen = new Specimen()
    startAndSignal(specimen)
    expect(startAndSignal(specimen, { kind: 'other' })).toMatchObject({ ok: false, refusal: { code: 'already_exists' } })
    expect(specimen.count('SIGNAL_RECEIVED')).toBe(1)
  })

  it('a signal before anything is awaited waits in the log', () => {
    const specimen = new Specimen()
    specimen.start()
    signal(specimen, 'news', 'early')
    const activation = specimen.activate()
    expect(activation.issued.snapshotSequence).toBe(2)
    specimen.answer(activation, [schedule(1)])
    expect(specimen.claim('activation', 'flow')).toEqual([])
  })
})

describe('L4 a closing answer that has not seen the last signal', () => {
  const closings = [
    complete,
    { type: 'FAIL_WORKFLOW', failure: '{"type":"X","message":""}' },
    { type: 'CANCEL_WORKFLOW' },
  ] as const

  it.each(closings)('$type is superseded three times in a row, with a new activation at once, then taken', (closing) => {
    const specimen = Specimen.running([])
    if (closing.type === 'CANCEL_WORKFLOW') cancelIt(specimen)
    signal(specimen, 'news', 'wakes')
    for (let n = 1; n <= 3; n += 1) {
      const out = specimen.activate()
      signal(specimen, 'news', `late ${n}`)
      expect(specimen.answer(out, [schedule(1), closing])).toMatchObject({ ok: false, refusal: { code: 'superseded' } })
      expect(specimen.answer(out, [closing]), 'its token is void').toMatchObject({ refusal: { code: 'stale_attempt' } })
      expect(specimen.run.problem).toBeUndefined()
      expect(specimen.run.kept).toBeUndefined()
      if (n === 2) {
        specimen.restart()
        specimen.nobodyHasIt()
      }
    }
    expect(specimen.count('TASK_SCHEDULED')).toBe(0)
    const out = specimen.activate()
    signal(specimen, 'news', 'late 4')
    expect(specimen.answer(out, [closing]).ok).toBe(true)
    expect(specimen.run.closed).toBeDefined()
  })

  it('that names a later snapshot, of which the worker has read, is taken', () => {
    const specimen = Specimen.running([])
    signal(specimen, 'news', 'wakes')
    const out = specimen.activate()
    signal(specimen, 'news', 'read later')
    expect(specimen.answer(out, [complete], { snapshotSequence: specimen.run.lastSequence }).ok).toBe(true)
  })

  it('an answer between them that does not close ends the row', () => {
    const specimen = Specimen.running([])
    signal(specimen, 'news', 'wakes')
    for (const round of [1, 2]) {
      for (let n = 1; n <= 3; n += 1) {
        const out = specimen.activate()
        signal(specimen, 'news', `late ${round} ${n}`)
        expect(specimen.answer(out, [complete]).ok).toBe(false)
      }
      specimen.answer(specimen.activate(), [schedule(round)])
      signal(specimen, 'news', `wakes ${round}`)
    }
  })

  it('one whose other commands are wrong is told so', () => {
    const specimen = Specimen.running([])
    signal(specimen, 'news', 'wakes')
    const out = specimen.activate()
    signal(specimen, 'news', 'late')
    const wrong = specimen.answer(out, [{ type: 'CANCEL_TIMER', timerId: 'timer-9' }, complete])
    expect(wrong).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } })
    expect(specimen.answer(out, [schedule(1)]).ok).toBe(true)
  })

  it('any other event that came late does not hold it back', () => {
    const specimen = Specimen.running([schedule(1)])
    const [task] = specimen.claim('task', 'work')
    signal(specimen, 'news', 'wakes')
    const out = specimen.activate()
    if (task !== undefined) specimen.complete(task)
    pauseIt(specimen)
    expect(specimen.answer(out, [complete]).ok).toBe(true)
  })
})
