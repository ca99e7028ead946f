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
