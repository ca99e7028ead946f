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

it('L9 who has side effects of an earlier activation does not vouch for one that nobody can name', () => {
  const scene = new Scene()
  const session = scene.connect({ workflows: ['flow'], slots: { workflow: 2, task: 0 } })
  const earlier = task('activation-1')
  scene.offer({ executionId: 'x', type: 'activation', kind: 'flow', items: [earlier] })
  const asked = { executionId: 'x', run: 1, type: 'activation', attempt: earlier.attempt } as const
  expect(scene.keep({ ...asked, id: earlier.id, token: earlier.token, session })[0]?.verdict).toBe('kept')
  expect(scene.keep({ ...asked, id: 'activation', token: '1.later' })[0]?.verdict).toBe('gone')
  const later = { ...task('activation-4'), token: '1.later' }
  scene.offer({ executionId: 'x', type: 'activation', kind: 'flow', items: [later] })
  expect(scene.keep({ ...asked, id: 'activation', token: '1.later' })[0]?.verdict).toBe('kept')
})
