/** examples/flows: every flow of the folder, saved as it is, and run by a worker that has tasks alone. */
import { readdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repository } from '../../../scripts/repository.ts'
import { Stage } from '../stage.ts'

const folder = join(repository, 'examples', 'flows')
const deadline = { timeout: 20_000, interval: 20 }

let stage: Stage
const letters = () => stage.path('letters')
const letter = (to: string) => readFile(join(letters(), `${to}.txt`), 'utf8').catch(() => '')

beforeAll(async () => {
  stage = await Stage.open({ entry: join(folder, 'worker.ts') })
  await mkdir(letters())
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    const text = await readFile(join(folder, file), 'utf8')
    const saved = await ask('PUT', `flows/${file.replace('.yaml', '')}`, text, 'application/yaml')
    expect(saved).toMatchObject({ version: 1 })
  }
  await stage.worker({ LETTERS: letters() })
})
afterAll(() => stage.close())

/** As curl would. */
async function ask(method: string, path: string, body?: string | object, type = 'application/json'): Promise<unknown> {
  const response = await fetch(`${stage.service.url}/api/orgs/acme/${path}`, {
    method,
    headers: { Authorization: `Bearer ${stage.apiKey}`, ...(body !== undefined && { 'Content-Type': type }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return response.json()
}
const start = (id: string, flow: string, input: object) => ask('POST', 'workflow-executions', { kind: `flow:${flow}`, id, input })
const resultOf = (id: string) => ask('GET', `workflow-executions/${id}/result?waitMs=30000`)
const awaited = async (id: string) => JSON.stringify(await ask('GET', `workflow-executions/${id}`))

test('digest-folder: the flow gives what the code gives', async () => {
  const digested = join(repository, 'schemas')
  await start('digest', 'digest-folder', { folder: digested, width: 3 })
  const { listFiles } = await import('../../../examples/digest-folder/file-list.ts')
  const { digestFile } = await import('../../../examples/digest-folder/file-digest.ts')
  const { summarise } = await import('../../../examples/digest-folder/summary.ts')
  const paths = await listFiles({ folder: digested, limit: 500 })
  const expected = summarise(await Promise.all(paths.map((path) => digestFile({ folder: digested, path }))))
  expect(await resultOf('digest')).toMatchObject({ status: 'COMPLETED', output: JSON.parse(JSON.stringify(expected)) })
})

test('approval: the answer decides; one that came before the question counts', async () => {
  await start('yes', 'approval', { amount: 12.5 })
  await expect.poll(() => letter('finance'), deadline).toContain('May we pay 12.5? Answer to yes.')
  await ask('POST', 'workflow-executions/yes/signals/answered', { payload: { ok: true } })
  expect(await resultOf('yes')).toMatchObject({ status: 'COMPLETED', output: { paid: true } })
  expect(await letter('bank')).toBe('Pay 12.5.\n')

  const signal = { name: 'answered', payload: { ok: false, reason: 'too much' } }
  await ask('POST', 'workflow-executions/signal-with-start', { kind: 'flow:approval', id: 'no', input: { amount: 1 }, signal })
  expect(await resultOf('no')).toMatchObject({ status: 'COMPLETED', output: { paid: false } })
  expect(await letter('customer')).toBe('We will not pay: too much.\n')
})

test('approval: nobody answers in time', async () => {
  const text = await readFile(join(folder, 'approval.yaml'), 'utf8')
  // Two days are the author's; here they are short.
  expect(text.match(/timeout: 2 days/g)).toHaveLength(1)
  const hasty = text.replace('timeout: 2 days', 'timeout: 500ms')
  expect(await ask('PUT', 'flows/approval', hasty, 'application/yaml')).toMatchObject({ version: 2 })
  await start('late', 'approval@2', { amount: 3, approver: 'nobody' })
  expect(await resultOf('late')).toMatchObject({ status: 'COMPLETED', output: { paid: false } })
  expect(await letter('nobody')).toBe('May we pay 3? Answer to late.\n')
  expect(await letter('customer')).toContain('We will not pay: nobody answered.\n')
})

test('approval: cancelled, it takes the question back', async () => {
  await start('dropped', 'approval@1', { amount: 7, approver: 'boss' })
  await expect.poll(() => awaited('dropped'), deadline).toContain('"name":"answered"')
  await ask('POST', 'workflow-executions/dropped/cancel', {})
  expect(await resultOf('dropped')).toMatchObject({ status: 'CANCELLED' })
  expect(await letter('boss')).toBe('May we pay 7? Answer to dropped.\nNever mind dropped.\n')
})

test('until-done: looks until it is there, by time and when it is told to', async () => {
  const file = stage.path('late.txt')
  await start('loop', 'until-done', { file })
  await expect.poll(() => awaited('loop'), deadline).toContain('"name":"look-now"')
  await writeFile(file, 'here I am')
  await ask('POST', 'workflow-executions/loop/signals/look-now', {})
  const { status, output } = (await resultOf('loop')) as { status: string; output: { text: string; looks: number } }
  expect({ status, text: output.text }).toEqual({ status: 'COMPLETED', text: 'here I am' })
  expect(output.looks).toBeGreaterThanOrEqual(2)
})
