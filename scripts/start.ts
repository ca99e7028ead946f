/** `npm start`: the service on `workerd`, its data on disk. Ends with SIGINT or SIGTERM. */
import { join } from 'node:path'
import { prepareFirstUse, welcome } from './first-start.ts'
import { rootKeyOfMachine } from './root-key.ts'
import { startService } from './service.ts'
import { startOptions } from './start-options.ts'
import { UsageError } from './usage-error.ts'

const { service, rootKey, data } = await begin().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exit(2)
})
let ending = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    ending = true
    void service.kill('SIGTERM')
  })
}
const key = await prepareFirstUse({ url: service.url, rootKey, keyFile: join(data, 'admin-key') })
console.log(welcome(service.url, key))
const { code, signal } = await service.stopped
// A terminal sends its signal to the runtime as well, which may be the first to hear it.
if (!ending && signal !== 'SIGINT' && signal !== 'SIGTERM') {
  console.error(`the service ended by itself (${signal ?? code})`)
  process.exitCode = 1
}

async function begin() {
  const { data, port, processes, quiet } = startOptions(process.argv.slice(2))
  const rootKey = await rootKeyOfMachine()
  return { rootKey, data, service: await startService({ data, port, processes, rootKey, verbose: !quiet }) }
}
