/** Side effects that are out, beside an activation that waits. */
import { expect, it } from 'vitest'
import { confirm } from '../../../engine/execution/holders.ts'
import { holder, Specimen, schedule } from './specimen.ts'

it('L4 L8 who confirms that it has the side effects takes nothing from the activation that waits', () => {
  const specimen = new Specimen()
  specimen.start()
  const first = specimen.activate()
  specimen.answer(first, [schedule(1)], { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] })
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  const held = specimen.turn((draft) => confirm(draft, [{ run: 1, id: first.id, attempt: first.attempt }], holder('s2')))
  expect(held).toEqual([true])
  expect(specimen.claim('activation', 'flow')).toHaveLength(1)
})

it('L8 after a restart the side effects vouch for no activation: it is given anew', () => {
  const specimen = new Specimen()
  specimen.start()
  const first = specimen.activate()
  specimen.answer(first, [schedule(1)], { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] })
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  specimen.restart()
  const question = specimen.tick().find(({ id }) => id === 'activation')
  if (question === undefined) throw new Error('the activation is not asked for')
  specimen.hear(question, { verdict: 'kept', holder: holder('s1') })
  const [offer] = specimen.offers()
  expect(offer?.parcels).toMatchObject([{ type: 'activation', anew: true }])
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

it('L8 after a restart who says that it holds an activation has the side effects, where they are out', () => {
  const specimen = new Specimen()
  specimen.start()
  const first = specimen.activate()
  specimen.answer(first, [schedule(1)], { operationsOut: [{ operationId: 'operation-1', name: 'effect' }] })
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task is waiting')
  specimen.complete(task)
  specimen.restart()
  const second = { run: 1, id: `activation-${specimen.log.length}`, attempt: 1 }
  expect(specimen.turn((draft) => confirm(draft, [second], holder('s2')))).toEqual([true])
  expect(specimen.run.operations?.lease.holder?.session).toBe('s2')
  expect(specimen.run.activation?.lease.phase).toBe('unknown')
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
