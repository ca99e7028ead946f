/** Restate: its server, and a service on its SDK. */
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port.ts'
import { perSecond } from '../per-second.ts'
import { post } from '../post.ts'
import { install } from './install.ts'
import type { OpenPeer } from './peer.ts'
import { Program } from './program.ts'

const version = { server: '1.7.12', sdk: '1.17.2' }
const host = '127.0.0.1'

export const restate: OpenPeer = async (folder) => {
  const packages = [`@restatedev/restate-server@${version.server}`, `@restatedev/restate-sdk@${version.sdk}`]
  const app = await install(folder, 'restate.mjs', packages)
  const [node, ingress, admin, own] = await Promise.all([1, 2, 3, 4].map(() => freePort(host)))
  const server = await Program.start({
    command: join(folder, 'node_modules', '.bin', 'restate-server'),
    args: ['--base-dir', join(folder, 'data'), '--bind-address', `${host}:${node}`, '--listen-mode', 'tcp', '--no-logo'],
    cwd: folder,
    env: {
      RESTATE_INGRESS__BIND_ADDRESS: `${host}:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `${host}:${admin}`,
      RESTATE_DISABLE_TELEMETRY: 'true',
    },
    ready: /Server listening|Restate Server started|listening/i,
  })
  const service = await Program.start({
    command: process.execPath,
    args: [app],
    cwd: folder,
    env: { BENCH_PORT: String(own), NODE_ENV: 'production' },
    ready: /^ready$/,
  })
  await register(`http://${host}:${admin}/deployments`, `http://${host}:${own}`)
  const call = (handler: string, count: number) => post(`http://${host}:${ingress}/bench/${handler}`, count)
  return {
    name: 'restate',
    async run(job) {
      if (job.type === 'throughput') return perSecond(job.workflows, () => call('sequence', 1))
      const began = performance.now()
      const sum = await call(job.type, job.tasks)
      if (sum !== (job.tasks * (job.tasks - 1)) / 2) throw new Error(`Restate answered ${sum}`)
      return performance.now() - began
    },
    close: async () => {
      await Promise.all([service.close(), server.close()])
    },
  }
}

/** The server may not be there yet. */
async function register(admin: string, uri: string): Promise<void> {
  const until = Date.now() + 30_000
  for (;;) {
    try {
      await post(admin, { uri })
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}
