/** Reports over a socket straight to the execution: taken as those of a request are, and refused as safely. */
import { describe, expect, it } from 'vitest'
import { done, Organisation, type Peer, scheduled, type TaskWork } from './peer.ts'
import { askForReports, Reporter, upgrade } from './reporter.ts'

const complete = { type: 'COMPLETE_WORKFLOW', output: 'over' }

/** An execution `a` with its first task out. */
async function begun(): Promise<{ organisation: Organisation; peer: Peer; task: TaskWork; sequence: number; at: number }> {
  const organisation = await Organisation.create()
  const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
  await organisation.start('a')
  const reply = await peer.answer(await peer.next('activation'), [scheduled(1)], { accept: peer.accept(0, 1) })
  const [task] = reply.tasks as TaskWork[]
  if (task === undefined) throw new Error('no task was carried')
  return { organisation, peer, task, sequence: reply.lastSequence, at: reply.at }
}

const following = (basedOn: number, activationAt: number, command: object) =>
  [{ executionId: 'a', run: 1, basedOn, activationAt, commands: [command] }] as never

describe('reports over an execution’s own socket', () => {
  it('L1 L3: a sequence to its end: each is answered when it is in the log, and the end closes the socket', async () => {
    const { organisation, peer, task: first, sequence, at } = await begun()
    const reporter = await Reporter.open(organisation, 'a')
    let task: TaskWork | undefined = first
    let reply = { lastSequence: sequence, at }
    for (let n = 1; n <= 5; n += 1) {
      if (task === undefined) throw new Error('no task was carried')
      const then = following(reply.lastSequence, reply.at, n === 5 ? complete : scheduled(n + 1))
      const answer = await reporter.report([done(task)], { then, session: peer.session, accept: peer.accept(0, 1) })
      expect(answer.results).toEqual([{ ok: true }])
      const next = answer.executions['a']
      if (next?.then !== 'taken') throw new Error(`speculation ${next?.then}`)
      expect((await organisation.events('a')).at(-1)?.sequence).toBe(next.lastSequence)
      task = next.tasks?.[0] as TaskWork | undefined
      reply = next
    }
    expect(await reporter.closed).toMatchObject({ code: 1000 })
    expect((await organisation.describe('a')).status).toBe('COMPLETED')
    expect((await organisation.events('a')).filter(({ type }) => type === 'TASK_COMPLETED')).toHaveLength(5)
  })

  it('L5: what was answered over it is a repeat as a request, under the same id or another', async () => {
    const { organisation, peer, task } = await begun()
    const reporter = await Reporter.open(organisation, 'a')
    await reporter.report([done(task)], { requestId: 'r1', session: peer.session })
    const before = await organisation.events('a')
    for (const requestId of ['r1', 'r2']) {
      const answer = await peer.report([done(task)], { requestId })
      expect(answer.results).toEqual([{ ok: true, duplicate: true }])
    }
    expect(await organisation.events('a')).toEqual(before)
  })

  it('L1: messages that are said without waiting are answered in their order', async () => {
    const { organisation, task } = await begun()
    const reporter = await Reporter.open(organisation, 'a')
    const forged = { ...task, token: '7.forged' }
    const answers = [reporter.report([done(forged)]), reporter.report([done(task)])]
    const [first, second] = await Promise.all(answers)
    expect(first?.results[0]).toMatchObject({ ok: false, code: 'stale_attempt' })
    expect(second?.results[0]).toEqual({ ok: true })
  })

  const refused: [string, string | ArrayBuffer | object, number][] = [
    ['what is not JSON', '{"requestId":', 1007],
    ['what is no batch', { reports: 'all of them' }, 1007],
    ['bytes', new ArrayBuffer(8), 1003],
    ['a report of another execution', { requestId: 'r', reports: [{ ...other() }] }, 1008],
  ]

  function other() {
    return { type: 'task', executionId: 'b', run: 1, id: 'task-1', token: '1.x', output: 1 }
  }

  it.each(refused)('%s closes it and changes nothing', async (_, said, code) => {
    const { organisation } = await begun()
    const before = await organisation.events('a')
    const reporter = await Reporter.open(organisation, 'a')
    reporter.say(typeof said === 'string' || said instanceof ArrayBuffer ? said : JSON.stringify(said))
    expect(await reporter.closed).toMatchObject({ code })
    expect(await organisation.events('a')).toEqual(before)
  })

  it('L10: without a key for workers, or an execution, there is none', async () => {
    const { organisation } = await begun()
    const keyOf = async (role: string) => (await organisation.call('POST', '/keys', { role })).key as string
    const statusOf = async (id: string, headers: Record<string, string>) =>
      (await askForReports(organisation, id, headers)).status
    expect(await statusOf('a', { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'perdure.v1' })).toBe(401)
    expect(await statusOf('a', upgrade(await keyOf('client')))).toBe(403)
    expect(await statusOf('a', upgrade(await keyOf('viewer')))).toBe(403)
    const worker = await keyOf('worker')
    expect(await statusOf('nobody', upgrade(worker))).toBe(404)
    expect(await statusOf('a', { Authorization: `Bearer ${worker}` })).toBe(400)
    expect(await statusOf('a', { ...upgrade(worker), 'Sec-WebSocket-Protocol': `perdure.v9, perdure.key.${worker}` })).toBe(400)
    expect(await statusOf('a', upgrade(worker))).toBe(101)
  })

  it('L10: a key that is taken away ends it', { timeout: 20_000 }, async () => {
    const { organisation, task } = await begun()
    const { key, keyId } = await organisation.call('POST', '/keys', { role: 'worker' })
    const reporter = await Reporter.open(organisation, 'a', key)
    await organisation.request('DELETE', `/keys/${keyId}`)
    const before = await organisation.events('a')
    reporter.say(JSON.stringify({ requestId: 'r', reports: [done(task)] }))
    expect(await reporter.closed).toMatchObject({ code: 1008 })
    expect(await organisation.events('a')).toEqual(before)
  })

  it('one over which nothing is said is closed', { timeout: 30_000 }, async () => {
    const { organisation } = await begun()
    const reporter = await Reporter.open(organisation, 'a')
    expect(await reporter.closed).toMatchObject({ code: 1000, reason: 'nothing was said for a while' })
  })
})
