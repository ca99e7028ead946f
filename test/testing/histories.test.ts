/** Logs that were recorded once, replayed with the code of today. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { historyEvent, payloadFields } from '../../schemas/events.ts'
import { recomputeBlocks } from '../../sdk/replay/replay-check.ts'
import { type History, replay, TestEnvironment } from '../../sdk/testing.ts'
import { historyText, scenarios } from '../histories/scenarios.ts'
import { double, failing, hanging, workflows } from '../histories/workflows.ts'

const folder = new URL('../histories/fixtures/', import.meta.url)
const files = await readdir(folder)
const read = async (file: string): Promise<History> => JSON.parse(await readFile(new URL(file, folder), 'utf8'))
const workflowOf = ({ events: [first] }: History) => {
  const found = workflows.find(({ name }) => first?.type === 'WORKFLOW_STARTED' && first.data.kind === name)
  if (found === undefined) throw new Error('there is no workflow of this kind')
  return found
}

describe.each(files)('%s', (file) => {
  test('D2: agrees with the code of today', async () => {
    const history = await read(file)
    for (const event of history.events) expect(historyEvent.parse(event)).toEqual(event)
    await replay(workflowOf(history), history)
  })

  test('D1, D17: each of its activations would be answered as it was, by a worker that has only the log', async () => {
    const history = await read(file)
    for (const { sequence, commands } of await recomputeBlocks(workflowOf(history), history.events)) {
      const closing = history.events[sequence - 1]
      if (closing === undefined || !('commandsFrom' in closing.data)) throw new Error(`event ${sequence} closes nothing`)
      const block = history.events.slice(closing.data.commandsFrom - 1, sequence)
      const asked = commands.filter(({ type }) => type in initiating).map(({ type }) => initiating[type])
      expect(block.map(({ type }) => type).filter((type) => asked.includes(type))).toEqual(asked)
    }
  })
})

/** Commands that always make this event, at their place in the block. */
const initiating: Record<string, string> = {
  SCHEDULE_TASK: 'TASK_SCHEDULED',
  START_TIMER: 'TIMER_STARTED',
  CREATE_PROMISE: 'PROMISE_CREATED',
  START_CHILD_WORKFLOW: 'CHILD_WORKFLOW_INITIATED',
  SET_STATE: 'STATE_SET',
  SET_ATTRIBUTES: 'ATTRIBUTES_SET',
  COMPLETE_WORKFLOW: 'WORKFLOW_COMPLETED',
  FAIL_WORKFLOW: 'WORKFLOW_FAILED',
  CANCEL_WORKFLOW: 'WORKFLOW_CANCELLED',
}

test('there is a log of each scenario, and each type of event is in one', async () => {
  expect(files.sort()).toEqual(
    Object.keys(scenarios)
      .map((name) => `${name}.json`)
      .sort(),
  )
  const histories = await Promise.all(files.map(read))
  const seen = new Set<string>(histories.flatMap(({ events }) => events.map(({ type }) => type)))
  // No code replays the log of a flow.
  const ofCode = Object.keys(payloadFields).filter((type) => !type.startsWith('FLOW_'))
  expect(ofCode.filter((type) => !seen.has(type))).toEqual([])
})

test('recorded twice, a log is the same', async () => {
  const record = async (): Promise<string> => {
    await using env = await TestEnvironment.create({ workflows, tasks: [double, failing, hanging], patience: 20 })
    const handle = await scenarios['children']?.(env, 'children')
    if (handle === undefined) throw new Error('it is gone')
    return historyText(await handle.history())
  }
  expect(await record()).toBe(await record())
})

describe('npm run replay', { timeout: 30_000 }, () => {
  const script = new URL('../../scripts/replay.ts', import.meta.url).pathname
  const module = new URL('../histories/workflows.ts', import.meta.url).pathname
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args]).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    )

  test('prints that code and log agree', async () => {
    const path = new URL('timers.json', folder).pathname
    const { code, stdout } = await run(path, '--workflows', module)
    expect([code, stdout]).toEqual([0, `${path}: 20 events of timers agree with its code\n`])
  })

  test('D9: prints all parts of what they disagree on, and fails', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'perdure-replay-'))
    try {
      const changed = join(temporary, 'changed.ts')
      const text = await readFile(module, 'utf8')
      const sdk = new URL('../../sdk/index.ts', import.meta.url).href
      await writeFile(
        changed,
        text.replace("'../../sdk/index.ts'", `'${sdk}'`).replaceAll('ctx.task(failing)', 'ctx.task(double, 1)'),
      )
      const { code, stderr } = await run(new URL('failed.json', folder).pathname, '--workflows', changed)
      expect(code).toBe(1)
      expect(stderr).toContain('code and log of refused disagree')
      expect(stderr).toMatch(/index +1\n/)
      expect(stderr).toMatch(/expected +task "failing" \(TASK_SCHEDULED, event 2\)\n/)
      expect(stderr).toMatch(/actual +task "double"\n/)
      expect(stderr).toMatch(/location +.*changed\.ts:\d+:\d+\n/)
      expect(stderr).toMatch(/hint +\S.*runs that have begun need the code/)
    } finally {
      await rm(temporary, { recursive: true })
    }
  })
})
