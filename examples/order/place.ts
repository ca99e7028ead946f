/** `node place.ts <number> <total>`: places an order, and waits until it is on its way or has come to nothing. */
import { Client, PerdureError } from 'perdure/client'
import { order } from './order.ts'

const [number = '1', total = '100'] = process.argv.slice(2)
const placed = { number, items: ['lamp'], total: Number(total), address: 'Elm Street 1', coolingOff: '1s' as const }
const handle = await Client.fromEnv().start(order, placed, { id: `order-${number}` })
console.log(`placed ${handle.id}`)
try {
  console.log('shipped:', await handle.result())
} catch (error) {
  if (!PerdureError.is(error)) throw error
  console.log(error.message)
}
