/** Offers `order` and its tasks. Where the service is comes from `PERDURE_URL`, `PERDURE_ORG` and `PERDURE_API_KEY`. */
import { Worker } from 'perdure/worker'
import { order } from './order.ts'
import { charge, refund, release, reserve, ship } from './shop.ts'

const worker = new Worker({ workflows: [order], tasks: [reserve, release, charge, refund, ship] })
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
