/** examples/chat: signals in order, each once, and a state that can be read; by worker processes that are killed. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat, joined, left, opened, said } from '../../../examples/chat/chat.ts'
import { repository } from '../../../scripts/repository.ts'
import { runScript } from '../script.ts'
import { Stage } from '../stage.ts'

const example = (file: string): string => join(repository, 'examples', 'chat', file)
const deadline = { timeout: 20_000, interval: 20 }
const host = { from: 'host', text: 'I know nothing about lobby, ask somebody else.' }

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open({ entry: example('worker.ts') })
})
afterAll(() => stage.close())

/** As curl would ask for it. */
async function stateOf(room: string): Promise<unknown> {
  const response = await fetch(`${stage.service.url}/api/orgs/acme/workflow-executions/${room}/state`, {
    headers: { Authorization: `Bearer ${stage.apiKey}` },
  })
  return response.json()
}

test('talk.ts: somebody comes, asks, and leaves; the room closes when the question is answered', async () => {
  await stage.worker()
  const talk = await runScript(example('talk.ts'), ['lobby', 'Ada'], stage.env, 'Good morning\nWhat is new?\n')
  expect(talk).toEqual({ code: 0, out: '', errors: '' })
  const { topic, lines } = await stage.client.handle('chat-lobby', chat).result()
  expect(topic).toBe('lobby')
  expect(lines).toEqual([{ from: 'Ada', text: 'Good morning' }, { from: 'Ada', text: 'What is new?' }, host])
})

test('N4: what is said before there is a worker is kept; the state shows who is there, over kills of the worker', async () => {
  const signalled = { id: 'chat-2', signal: opened, payload: { topic: 'lamps' } }
  const room = await stage.client.signalWithStart(chat, undefined, signalled)
  await room.signal(joined, 'Ada')
  await room.signal(joined, 'Bob')
  const spoken = Array.from({ length: 60 }, (_, n) => ({ from: n % 2 === 0 ? 'Ada' : 'Bob', text: `line ${n}` }))
  for (const [n, line] of spoken.entries()) {
    await room.signal(said, line)
    if (n % 20 !== 10) continue
    // Each worker sees some of it, and dies.
    const worker = await stage.worker()
    await expect
      .poll(() => stateOf('chat-2'), deadline)
      .toEqual({ items: { guests: ['Ada', 'Bob'], lines: spoken.slice(0, n + 1) } })
    await worker.kill('SIGKILL')
  }
  await room.signal(left, 'Ada')
  await room.signal(left, 'Bob')
  await stage.worker()
  expect(await room.result()).toEqual({ topic: 'lamps', lines: spoken })
})

test('W14: a room that nobody opens waits for its signal, and can be cancelled', async () => {
  await stage.worker()
  const room = await stage.client.start(chat, undefined, { id: 'chat-3' })
  const waiting = async () => (await room.describe()).awaiting.some(({ type, name }) => type === 'signal' && name === 'opened')
  await expect.poll(waiting, deadline).toBe(true)
  await room.cancel('nobody came')
  await expect(room.result()).rejects.toMatchObject({ code: 'workflow_cancelled' })
})
