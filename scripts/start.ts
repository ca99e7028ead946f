/** `npm start`: the service on `workerd`, its data on disk. Ends with SIGINT or SIGTERM. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { prepareFirstUse, welcome } from './first-start.ts'
import { rootKeyOfMachine } from './root-key.ts'
import { startService } from './service.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8787' },
    data: { type: 'string', default: './data' },
    quiet: { type: 'boolean', default: false },
  },
})

const rootKey = await rootKeyOfMachine()
const service = await startService({ data: values.data, port: Number(values.port), rootKey, verbose: !values.quiet })
let ending = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    ending = true
    void service.kill('SIGTERM')
  })
}
const key = await prepareFirstUse({ url: service.url, rootKey, keyFile: join(values.data, 'admin-key') })
console.log(welcome(service.url, key))
const { code, signal } = await service.stopped
// A terminal sends its signal to the runtime as well, which may be the first to hear it.
if (!ending && signal !== 'SIGINT' && signal !== 'SIGTERM') {
  console.error(`the service ended by itself (${signal ?? code})`)
  process.exitCode = 1
}
