/** Side effects that are out, beside an activation that waits. */
import { expect, it } from 'vitest'
import { confirm } from '../../../engine/execution/holders.ts'
import { holder, Specimen, schedule } from './specimen.ts'

const confirmed = ({ run, id, attempt, blockEnd }: ReturnType<Specimen['activate']>) => ({ run, id, attempt, blockEnd })

it('L4 L8 who confirms that it has the side effects takes nothing from the activation that waits', () => {
  const specimen = new Specimen()
  specimen.start()
  const first = specimen.activate()
  specimen.answer(first, [schedule(1)], { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] })
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  const held = specimen.turn((draft) => confirm(draft, [confirmed(first)], holder('s2')))
  expect(held).toEqual([true])
  expect(specimen.claim('activation', 'flow')).toHaveLength(1)
})

it('L8 after a restart the activation is asked for by another token than that of the side effects', () => {
  const specimen = new Specimen()
  specimen.start()
  const first = specimen.activate()
  specimen.answer(first, [schedule(1)], { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] })
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  specimen.restart()
  const asked = specimen.tick().map(({ id, blockEnd }) => ({ id, blockEnd }))
  expect(asked).toContainEqual({ id: first.id, blockEnd: first.blockEnd })
  expect(asked).toContainEqual({ id: 'activation', blockEnd: specimen.run.lastBlockEnd })
  expect(specimen.run.lastBlockEnd).toBeGreaterThan(first.blockEnd)
})

it('L9 an answer that leaves side effects running is written down, whatever else it says', () => {
  const specimen = new Specimen()
  specimen.start()
  const out = { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] }
  specimen.answer(specimen.activate(), [schedule(1)], out)
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  const second = specimen.activate()
  specimen.answer(second, [], out)
  expect(specimen.types().at(-1)).toBe('WORKFLOW_SUSPENDED')
  expect(specimen.reread().run?.operations).toMatchObject({ id: second.id, blockEnd: second.blockEnd })
})

it('L9 without side effects the worker that has an activation is believed', () => {
  const specimen = new Specimen()
  specimen.start()
  specimen.activate()
  specimen.restart()
  const [question] = specimen.tick()
  if (question === undefined) throw new Error('the activation is not asked for')
  specimen.hear(question, { verdict: 'kept', holder: holder('s1') })
  expect(specimen.run.activation?.lease).toMatchObject({ phase: 'out', holder: { session: 's1' } })
  expect(specimen.offers()).toEqual([])
  // It may be what the worker has just answered: it is asked for again soon.
  specimen.now += 5_000
  expect(specimen.tick()).toMatchObject([{ id: 'activation' }])
})

it('L9 side effects that go on are held once, under the activation that was answered last', () => {
  const specimen = new Specimen()
  specimen.start()
  const out = { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] }
  const first = specimen.activate()
  specimen.answer(first, [schedule(1)], out)
  specimen.now += 5_000
  specimen.tick()
  expect([...specimen.holds.keys()]).toEqual([first.id])
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  const second = specimen.activate()
  specimen.answer(second, [schedule(2)], out)
  expect(specimen.holds.size).toBe(0)
  specimen.now += 5_000
  specimen.tick()
  expect([...specimen.holds.keys()]).toEqual([second.id])
})

it('L9 after a restart the token tells who has the side effects from who has the activation', () => {
  const specimen = new Specimen()
  specimen.start()
  const first = specimen.activate()
  specimen.answer(first, [schedule(1)], { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] })
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  const second = specimen.activate()
  specimen.restart()
  const say = (parcel: typeof first, session: string) =>
    specimen.turn((draft) => confirm(draft, [confirmed(parcel)], holder(session)))
  expect(say(first, 's1')).toEqual([true])
  expect(specimen.run.operations?.lease.holder?.session).toBe('s1')
  expect(specimen.run.activation?.lease.phase).toBe('unknown')
  expect(say(second, 's2')).toEqual([true])
  expect(specimen.run.operations?.lease.holder?.session).toBe('s1')
  expect(specimen.run.activation?.lease.holder?.session).toBe('s2')
})

it('L9 side effects that nobody renews are run again, however often the execution restarts', () => {
  const specimen = new Specimen()
  specimen.start()
  const first = specimen.activate()
  specimen.answer(first, [], { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] })
  const sleepOn = (ms: number): void => {
    for (const end = specimen.now + ms; specimen.now < end; specimen.now += 5_000) {
      for (const question of specimen.tick()) specimen.hear(question, { verdict: 'kept', holder: holder('s1') })
      specimen.restart()
    }
  }
  specimen.now += 5_000
  sleepOn(10_000)
  const beat = { type: 'heartbeat', run: 1, id: 'operation-1', attempt: 1 } as const
  expect(specimen.say(beat).ok).toBe(true)
  sleepOn(25_000)
  expect(specimen.attempts).toEqual([])
  sleepOn(20_000)
  expect(specimen.attempts).toMatchObject([{ work: 'activation', attempt: 1 }])
})

it('L9 an activation that fails leaves no hold of side effects behind', () => {
  const specimen = new Specimen()
  specimen.start()
  const first = specimen.activate()
  specimen.answer(first, [schedule(1)], { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] })
  specimen.now += 5_000
  specimen.tick()
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  const { id, attempt } = specimen.activate()
  expect(specimen.holds.size).toBe(1)
  const failure = { type: 'Error', message: 'no', text: '{"type":"Error","message":"no"}' }
  expect(specimen.say({ type: 'activation-failed', run: 1, id, attempt, failure }).ok).toBe(true)
  expect(specimen.holds.size).toBe(0)
})
