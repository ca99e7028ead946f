/** Offers `bake` and its task. */
import { Worker } from 'perdure/worker'
import { bake, rise } from './bake.ts'

const worker = new Worker({ workflows: [bake], tasks: [rise] })
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
