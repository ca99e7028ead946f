/** Offers `crawl`. Where the service is comes from `PERDURE_URL`, `PERDURE_ORG` and `PERDURE_API_KEY`. */
import { Worker } from 'perdure/worker'
import { crawl, readPage } from './crawl.ts'

const worker = new Worker({ workflows: [crawl], tasks: [readPage] })
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
