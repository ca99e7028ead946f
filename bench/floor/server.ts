/** Serves the bare objects with `workerd`, beside the service that is measured. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../scripts/free-port.ts'
import { workerd } from '../../scripts/workerd-binary.ts'
import { floorConfig } from './config.ts'

export interface FloorServer {
  url: string
  close(): Promise<void>
}

const host = '127.0.0.1'

export async function serveFloors(data: string): Promise<FloorServer> {
  const objects = join(data, 'floor-objects')
  await mkdir(objects, { recursive: true })
  const script = stripTypeScriptTypes(await readFile(new URL('worker.ts', import.meta.url), 'utf8'))
  const port = await freePort(host)
  const file = join(data, 'floors.capnp')
  await writeFile(file, floorConfig({ script, data: objects, address: `${host}:${port}` }))
  const child = spawn(workerd, ['serve', file], { stdio: ['ignore', 'ignore', 'inherit'] })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const url = `http://${host}:${port}`
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error('the bare objects did not start')
    await pause(25)
  }
  return {
    url,
    async close() {
      process.off('exit', end)
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
