/** `node decide.ts <number> yes|no|cancel`: what people say to an order that waits, by its id alone. */
import { Client } from 'perdure/client'
import type { Approval } from './order.ts'

const [number = '1', word = 'yes'] = process.argv.slice(2)
const handle = Client.fromEnv().handle(`order-${number}`)
if (word === 'cancel') await handle.cancel('the customer changed their mind')
else await handle.resolvePromise('approval', { approved: word === 'yes', by: 'Ada' } satisfies Approval)
console.log(`${handle.id}: ${word}`)
