/** Cloudflare Workflows under `wrangler dev`, the only way to run them on a machine of one's own. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port.ts'
import { repository } from '../../scripts/repository.ts'
import { compatibilityDate } from '../../scripts/workerd-config.ts'
import { perSecond } from '../per-second.ts'
import { post } from '../post.ts'
import { install } from './install.ts'
import type { OpenPeer } from './peer.ts'
import { Program } from './program.ts'

const host = '127.0.0.1'

export const cloudflare: OpenPeer = async (folder) => {
  await install(folder, 'cloudflare.mjs', [])
  const port = await freePort(host)
  await writeFile(
    join(folder, 'wrangler.toml'),
    `name = "bench"
main = "cloudflare.mjs"
compatibility_date = "${compatibilityDate}"

[[workflows]]
name = "bench"
binding = "BENCH"
class_name = "Bench"
`,
  )
  const wrangler = join(repository, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  const options = ['--ip', host, '--port', String(port), '--persist-to', join(folder, 'data')]
  const program = await Program.start({
    command: process.execPath,
    args: [wrangler, 'dev', ...options, '--show-interactive-dev-session=false'],
    cwd: folder,
    env: { WRANGLER_SEND_METRICS: 'false' },
    ready: /Ready on/,
  })
  const execute = (job: { type: string; tasks: number }) => post(`http://${host}:${port}/run`, job)
  return {
    name: 'cloudflare',
    async run(job) {
      if (job.type === 'throughput') return perSecond(job.workflows, () => execute({ type: 'sequence', tasks: 1 }))
      const began = performance.now()
      const sum = await execute(job)
      if (sum !== (job.tasks * (job.tasks - 1)) / 2) throw new Error(`Cloudflare Workflows answered ${sum}`)
      return performance.now() - began
    },
    close: () => program.close(),
  }
}
