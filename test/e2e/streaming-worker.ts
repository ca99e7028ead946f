/** A worker whose task says much. Says `connected` when it is. */
import { Worker } from 'perdure/worker'
import { talk, talking } from './streaming.ts'

const worker = new Worker({ workflows: [talking], tasks: [talk] })
worker.on('connected', () => console.log('connected'))
await worker.run()
