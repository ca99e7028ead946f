/** A worker process for `language.ts`, on the queue `QUEUE`. Says `connected` when it is. */
import { Worker } from 'perdure/worker'
import { clean, held, nested, six, waits } from './language.ts'

const worker = new Worker({ queue: process.env['QUEUE'] ?? 'default', workflows: [six, waits, nested], tasks: [held, clean] })
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
