/** Offers `folder-size`. Where the service is comes from `PERDURE_URL`, `PERDURE_ORG` and `PERDURE_API_KEY`. */
import { Worker } from 'perdure/worker'
import { folderSize, look } from './folder-size.ts'

const worker = new Worker({ workflows: [folderSize], tasks: [look] })
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
