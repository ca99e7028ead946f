/** DBOS with a local PostgreSQL: workflows and tasks in one process. */
import { install } from './install.ts'
import type { OpenPeer } from './peer.ts'
import { startPostgres } from './postgres.ts'
import { Program } from './program.ts'

const version = '5.3.0'

export const dbos: OpenPeer = async (folder) => {
  const app = await install(folder, 'dbos.mjs', [`@dbos-inc/dbos-sdk@${version}`])
  const postgres = await startPostgres()
  const program = await Program.start({
    command: process.execPath,
    args: [app],
    cwd: folder,
    env: { BENCH_DATABASE: postgres.url },
    ready: /^ready$/,
  })
  return {
    name: 'dbos',
    async run(job) {
      program.say(JSON.stringify(job))
      for (;;) {
        const [, took] = /^took ([\d.]+)$/.exec(await program.hear()) ?? []
        if (took !== undefined) return Number(took)
      }
    },
    async close() {
      await program.close()
      await postgres.close()
    },
  }
}
