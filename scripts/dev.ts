/**
 * `npm run dev`: the same service under `wrangler dev`, which reloads as sources change. For developing: it answers some
 * thirty times slower than `npm start`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { prepareFirstUse, welcome } from './first-start.ts'
import { repository } from './repository.ts'
import { rootKeyOfMachine } from './root-key.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8787' }, data: { type: 'string', default: '.wrangler/perdure' } },
})

const rootKey = await rootKeyOfMachine()
await mkdir(values.data, { recursive: true, mode: 0o700 })
const secrets = join(values.data, 'dev.env')
await writeFile(secrets, `PERDURE_ROOT_KEY=${rootKey}\n`, { mode: 0o600 })
const wrangler = join(repository, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
const options = ['--ip', '127.0.0.1', '--port', values.port, '--persist-to', values.data, '--env-file', secrets]
const child = spawn(process.execPath, [wrangler, 'dev', ...options, '--show-interactive-dev-session=false'], {
  cwd: repository,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
})
const stopped = once(child, 'exit')
let ending = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    ending = true
    child.kill(signal)
  })
}

const url = `http://127.0.0.1:${values.port}`
while (child.exitCode === null && !ending && !(await ready())) await new Promise((resolve) => setTimeout(resolve, 100))
if (child.exitCode === null && !ending) {
  console.log(welcome(url, await prepareFirstUse({ url, rootKey, keyFile: join(values.data, 'admin-key') })))
}
const [code] = await stopped
if (!ending) process.exitCode = code ?? 1

async function ready(): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  )
}
