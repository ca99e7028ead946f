/** S6: where ends come close together, every live reader sees the order of the log, a hundred times out of a hundred. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { executionName } from '../../durable/stubs.ts'
import type { Report } from '../../schemas/reports.ts'
import { done, Organisation, scheduled, type TaskWork } from './peer.ts'
import { type Reader, readEvents, readSocket, type StreamFrame } from './reader.ts'

const bindings: Env = env
const patient = { timeout: 60_000 }
const times = Array.from({ length: 100 }, (_, n) => `run-${n}`)

const placesOf = (frames: StreamFrame[]) =>
  frames.flatMap(({ type, run, sequence, event }) => (type === 'Event' ? [`${run}-${sequence} ${event}`] : []))

async function logOf(organisation: Organisation, id: string): Promise<string[]> {
  return (await organisation.events(id)).map(({ sequence, type }) => `1-${sequence} ${type}`)
}

const bothReaders = (organisation: Organisation, id: string): Promise<Reader[]> =>
  Promise.all([readEvents(organisation, id), readSocket(organisation, id)])

async function expectTheLog(organisation: Organisation, id: string, readers: Reader[]): Promise<string[]> {
  const log = await logOf(organisation, id)
  for (const reader of readers) {
    await reader.ended
    expect(placesOf(reader.frames)).toEqual(log)
    expect(reader.frames.at(-1)?.type).toBe('End')
  }
  return log
}

const failed = ({ executionId, run, taskId, token }: TaskWork): Report => ({
  type: 'task',
  executionId,
  run,
  id: taskId,
  token,
  failure: { type: 'Broken', message: 'broken', nonRetryable: true },
})

it('a failing task whose workflow completes at once', patient, async () => {
  const organisation = await Organisation.create()
  const peer = await organisation.connect({ slots: { workflow: 1, task: 1 } })
  for (const id of times) {
    await organisation.start(id)
    const readers = await bothReaders(organisation, id)
    await peer.answer(await peer.next('activation'), [scheduled(1)])
    const task = await peer.next('task')
    peer.say({ type: 'slots', workflow: 1, task: 1 })
    // What follows is said with the report: one transaction for the failure and the end.
    const { executions } = await peer.report([failed(task)], { accept: peer.accept(1, 0) })
    const { activation } = executions[id] ?? {}
    await peer.answer(activation ?? (await peer.next('activation')), [{ type: 'COMPLETE_WORKFLOW', output: 'all the same' }])
    if (activation === undefined) peer.say({ type: 'slots', workflow: 1, task: 0 })
    const log = await expectTheLog(organisation, id, readers)
    expect(log.slice(-2)).toEqual(['1-4 TASK_FAILED', '1-5 WORKFLOW_COMPLETED'])
  }
})

it('children that end in the same tick as their parent', patient, async () => {
  const organisation = await Organisation.create()
  const peer = await organisation.connect({ slots: { workflow: 200, task: 0 } })
  for (const id of times.slice(0, 100)) {
    await organisation.start(id)
    const child = `${id}-child`
    const start = {
      type: 'START_CHILD_WORKFLOW',
      childId: 'child-1',
      executionId: child,
      kind: 'flow',
      parentClosePolicy: 'ABANDON',
    }
    const first = await peer.next('activation')
    const readers = await bothReaders(organisation, id)
    await peer.answer(first, [start])
    const ofChild = await peer.next('activation')
    const childReaders = await bothReaders(organisation, child)
    // Both at once: whether the child's end is in the parent's log is a race; that all see one order is not.
    await Promise.all([
      peer.answer(ofChild, [{ type: 'COMPLETE_WORKFLOW', output: 1 }]),
      organisation.call('POST', `/workflow-executions/${id}/signals/go`, {}),
    ])
    for (let isOpen = true; isOpen; ) {
      const next = await peer.next('activation')
      const answer = await peer.answer(next, [{ type: 'COMPLETE_WORKFLOW' }]).catch((error: { code?: string }) => error)
      isOpen = 'code' in answer
    }
    await expectTheLog(organisation, id, readers)
    await expectTheLog(organisation, child, childReaders)
    peer.say({ type: 'slots', workflow: 4, task: 0 })
  }
})

it('L7 readers that join, leave and resume while the object is evicted and many tasks end at once', patient, async () => {
  const organisation = await Organisation.create()
  const peer = await organisation.connect({ slots: { workflow: 1, task: 200 } })
  await organisation.start('busy')
  const object = () => bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, 'busy'))
  const sockets: Reader[] = [await readSocket(organisation, 'busy')]
  /** One view in pieces, each where the one before it ended. */
  const pieces: Reader[] = [await readEvents(organisation, 'busy')]
  const resume = async (): Promise<void> => {
    const last = pieces.findLast((piece) => piece.last() !== undefined)?.last()
    pieces.at(-1)?.leave()
    await pieces.at(-1)?.ended
    pieces.push(await readEvents(organisation, 'busy', '?run=1&after=0', last))
  }
  await peer.answer(
    await peer.next('activation'),
    Array.from({ length: 200 }, (_, n) => scheduled(n + 1)),
  )
  const tasks: TaskWork[] = []
  while (tasks.length < 200) tasks.push(await peer.next('task'))
  /** What an execution that has restarted asks for: the tasks that are not done, and no activation. */
  const held = new Set(tasks.map(({ token }) => token))
  const answerChecks = async (): Promise<void> => {
    for (;;) {
      const { tokens } = await peer.next('check')
      peer.say({ type: 'holding', tokens: tokens.filter((token) => held.has(token)) })
    }
  }
  void answerChecks().catch(() => undefined)
  for (let n = 0; n < 200; n += 20) {
    const ended = tasks.slice(n, n + 20)
    const reports = ended.map((task) => done(task))
    for (const { token } of ended) held.delete(token)
    const whole = Promise.all([peer.report(reports.slice(0, 10)), peer.report(reports.slice(10))])
    if (n % 40 === 0) sockets.push(await readSocket(organisation, 'busy', `?after=${n}`))
    await resume()
    await whole
    if (n % 60 === 0) {
      pieces.at(-1)?.leave()
      await pieces.at(-1)?.ended
      await evictDurableObject(object())
    }
  }
  await resume()
  peer.say({ type: 'slots', workflow: 1, task: 0 })
  await peer.answer(await peer.next('activation'), [{ type: 'COMPLETE_WORKFLOW' }])
  const log = await logOf(organisation, 'busy')
  await pieces.at(-1)?.ended
  expect(pieces.flatMap(({ frames }) => placesOf(frames))).toEqual(log)
  for (const socket of sockets) {
    await socket.ended
    const places = placesOf(socket.frames)
    expect(places).toEqual(log.slice(log.length - places.length))
  }
})
