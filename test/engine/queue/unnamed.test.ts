/** An execution that has restarted and asks for its activation without knowing which. */
import { expect, it } from 'vitest'
import { Scene, task } from './scene.ts'

it('L9 an activation that nobody can name is asked for at its worker: it may be answered already', () => {
  const scene = new Scene()
  const session = scene.connect({ workflows: ['flow'], slots: { workflow: 1, task: 0 } })
  const activation = task('activation-1')
  scene.offer({ executionId: 'x', type: 'activation', kind: 'flow', items: [activation] })
  const { token, attempt } = activation
  const [verdict] = scene.keep({ executionId: 'x', run: 1, type: 'activation', id: 'activation', attempt, token })
  expect(verdict?.verdict).toBe('kept')
  expect(scene.sent(session)).toContainEqual({ type: 'check', tokens: [token] })
})

it('L9 what its execution gives anew is given, whoever seems to have it', () => {
  const scene = new Scene()
  const session = scene.connect({ workflows: ['flow'], slots: { workflow: 2, task: 0 } })
  const activation = task('activation-4')
  const offer = { executionId: 'x', type: 'activation', kind: 'flow' } as const
  scene.offer({ ...offer, items: [activation] })
  expect(scene.offer({ ...offer, items: [activation] }).held).toHaveLength(1)
  expect(scene.sent(session)).toEqual([])
  scene.offer({ ...offer, items: [{ ...activation, anew: true }] })
  expect(scene.sent(session)).toMatchObject([{ type: 'work' }])
})

it('L9 what its execution gives anew to a claim is given, whoever seems to have it', () => {
  const scene = new Scene()
  const activation = task('activation-4')
  const session = scene.connect({ workflows: ['flow'], slots: { workflow: 1, task: 0 } })
  scene.offer({ executionId: 'x', type: 'activation', kind: 'flow', items: [activation] })
  scene.offer({ executionId: 'x', type: 'activation', kind: 'flow', count: 1 })
  scene.grant(session, 0, 1)
  const [claim] = scene.claims
  if (claim === undefined) throw new Error('nothing is claimed')
  scene.answer(claim, [{ ...activation, anew: true }])
  expect(scene.sent(session)).toMatchObject([{ type: 'work' }])
})
