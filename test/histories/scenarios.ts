/** How the logs beside this file were recorded: what was done with each workflow, under the name of its file. */
import { PerdureError } from '../../sdk/index.ts'
import type { History, TestEnvironment, WorkflowHandle } from '../../sdk/testing.ts'
import * as flows from './workflows.ts'

type Play = (env: TestEnvironment, id: string) => Promise<WorkflowHandle>

const ended = async (handle: WorkflowHandle): Promise<WorkflowHandle> => {
  await handle.result().catch((error: unknown) => {
    if (PerdureError.is(error) && !error.code.startsWith('workflow_')) throw error
  })
  return handle
}

export const scenarios: Record<string, Play> = {
  tasks: async (env, id) => ended(await env.start(flows.tasks, { n: 3 }, { id })),

  timers: async (env, id) => ended(await env.start(flows.timers, undefined, { id })),

  chance: async (env, id) => ended(await env.start(flows.chance, undefined, { id })),

  async promises(env, id) {
    const handle = await env.start(flows.promises, undefined, { id })
    await handle.resolvePromise('early', { at: new Date(0) })
    await env.time.advance('1 minute')
    await handle.resolvePromise('settled')
    await env.time.advance('1 minute')
    await handle.rejectPromise('promise-3', 'too dark')
    return ended(handle)
  },

  async signals(env, id) {
    const handle = await env.start(flows.signals, undefined, { id })
    await handle.signal(flows.said, 'first', { signalId: 'said-1' })
    await env.time.advance('5 minutes')
    for (const word of ['one', 'two', 'three']) await handle.signal(flows.said, word, { signalId: `said-${word}` })
    await env.time.advance('1 minute')
    await handle.signal(flows.said, 'end', { signalId: 'said-end' })
    await env.time.advance('1 minute')
    for (const by of [1, 2]) await handle.signal('count', by, { signalId: `count-${by}` })
    return ended(handle)
  },

  async children(env, id) {
    const handle = await env.start(flows.children, undefined, { id })
    await env.time.advance('30s')
    await env.client.handle('terminated').terminate('enough')
    return ended(handle)
  },

  async externals(env, id) {
    await env.start(flows.child, 'wait', { id: 'other' })
    return ended(await env.start(flows.externals, undefined, { id }))
  },

  async cancelled(env, id) {
    const handle = await env.start(flows.cancelled, undefined, { id })
    await env.time.advance('1 hour')
    await handle.cancel('too late')
    return ended(handle)
  },

  async paused(env, id) {
    const handle = await env.start(flows.state, { n: 2 }, { id })
    await env.time.advance('1s')
    await handle.pause('holiday')
    await env.time.advance('1 day')
    await handle.resume('back')
    return ended(handle)
  },

  state: async (env, id) => ended(await env.start(flows.state, { n: 3 }, { id })),

  failed: async (env, id) => ended(await env.start(flows.refused, undefined, { id })),

  'timed-out': async (env, id) => ended(await env.start(flows.child, 'wait', { id, timeout: '1 hour' })),

  async terminated(env, id) {
    const handle = await env.start(flows.promises, undefined, { id })
    await env.time.advance('1s')
    await handle.terminate('enough')
    return handle
  },

  async open(env, id) {
    const handle = await env.start(flows.tasks, { n: 2 }, { id, attributes: { team: 'blue' }, memo: { note: 'kept open' } })
    await handle.describe()
    return handle
  },
}

/** As a file: one event a line, so that a change can be read; without stacks, which tell of the machine. */
export function historyText({ executionId, run, events }: History): string {
  const lines = events.map((event) => JSON.stringify(event, (key, value) => (key === 'stack' ? undefined : value)))
  return `{"executionId":${JSON.stringify(executionId)},"run":${run},"events":[\n${lines.join(',\n')}\n]}\n`
}
