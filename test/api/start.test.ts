import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { protocol } from '../../schemas/socket/protocol.ts'
import { repository } from '../../scripts/repository.ts'
import { call } from './service.ts'

let data: string
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'perdure-start-'))
})
afterAll(() => rm(data, { recursive: true, force: true }))

/** `npm start`, up to the lines that it prints. */
async function start() {
  const script = join(repository, 'scripts', 'start.ts')
  const child = spawn(process.execPath, [script, '--port', '0', '--data', data], {
    env: { ...process.env, PERDURE_ROOT_KEY: 'root-key-of-this-test' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  while (!printed.includes('PERDURE_API_KEY')) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    printed += chunk.toString()
  }
  const exported = (name: string) => new RegExp(`export ${name}=(\\S+)`).exec(printed)?.[1] ?? ''
  return { child, url: exported('PERDURE_URL'), org: exported('PERDURE_ORG'), key: exported('PERDURE_API_KEY') }
}

test('npm start makes the organisation and its admin key once, and ends with SIGTERM although a worker is connected', async () => {
  const first = await start()
  expect(first.org).toBe('default')
  const started = await call(first.url, 'default/workflow-executions', { key: first.key, body: { kind: 'k', id: 'one' } })
  expect(started.status).toBe(201)
  const socket = new WebSocket(`${first.url.replace('http', 'ws')}/api/orgs/default/queues/default/connect`, [
    protocol.subprotocol,
    protocol.keyPrefix + first.key,
  ])
  await once(socket, 'open')
  first.child.kill('SIGTERM')
  expect(await once(first.child, 'exit')).toEqual([0, null])

  const second = await start()
  expect(second.key).toBe(first.key)
  const described = await call(second.url, 'default/workflow-executions/one', { key: second.key })
  expect(await described.json()).toMatchObject({ id: 'one' })
  const { items } = (await (await call(second.url, 'default/keys', { key: second.key })).json()) as { items: object[] }
  expect(items).toHaveLength(1)
  second.child.kill('SIGINT')
  expect(await once(second.child, 'exit')).toEqual([0, null])
})
