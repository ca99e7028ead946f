/** Long polls end with the key that they were opened with. */
import { describe, expect, it } from 'vitest'
import { nextDuty, perform } from '../../../engine/queue/duty.ts'
import { closePoll, openPoll } from '../../../engine/queue/poll.ts'
import { revokeKey } from '../../../engine/queue/presence.ts'
import { Scene } from './scene.ts'

const poll = { workerId: 'w1', workflows: [], tasks: ['resize'], accept: { workflow: 0, task: 5 }, keyId: 'key-1' }

const polling = (keyExpiresAt?: number): Scene => {
  const scene = new Scene()
  scene.turn((draft) => openPoll(draft, { ...poll, session: 'poll.1', ...(keyExpiresAt !== undefined && { keyExpiresAt }) }))
  return scene
}

const sent = (scene: Scene) => scene.effects.filter(({ type }) => type === 'send' || type === 'claim')

describe('a poll', () => {
  it('is closed when its key is revoked, and is given nothing from then on', () => {
    const scene = polling()
    scene.turn((draft) => revokeKey(draft, 'key-2'))
    expect(scene.effects).toEqual([])
    scene.turn((draft) => revokeKey(draft, 'key-1'))
    expect(scene.effects).toMatchObject([{ type: 'close', session: 'poll.1' }])
    const reply = scene.offer({ executionId: 'x', items: [{ id: 'task-1', attempt: 1, token: '1.a', body: '{}' }] })
    expect(reply.held).toEqual([])
    expect(sent(scene)).toEqual([])
  })

  it('is closed when its key expires, once', () => {
    const scene = polling(1_005_000)
    expect(scene.alarmAt).toBe(1_005_000)
    scene.now = 1_005_000
    scene.turn(perform)
    expect(scene.effects).toMatchObject([{ type: 'close', session: 'poll.1' }])
    expect(nextDuty(scene.state)).toBeUndefined()
    scene.turn(perform)
    expect(scene.effects).toEqual([])
    scene.turn((draft) => closePoll(draft, 'poll.1'))
    expect(scene.state.sessions.size).toBe(0)
  })
})
