/** Offers `chat`. Where the service is comes from `PERDURE_URL`, `PERDURE_ORG` and `PERDURE_API_KEY`. */
import { Worker } from 'perdure/worker'
import { answer, chat } from './chat.ts'

const worker = new Worker({ workflows: [chat], tasks: [answer] })
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
