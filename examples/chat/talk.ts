/** `node talk.ts <room> <name>`: joins a room, says the lines of the standard input, and leaves when they end. */
import { createInterface } from 'node:readline'
import { Client } from 'perdure/client'
import { chat, joined, left, opened, said } from './chat.ts'

const [room = 'lobby', name = 'somebody'] = process.argv.slice(2)
// Whoever comes first opens the room: with one request, so that two who come at once open one.
const handle = await Client.fromEnv().signalWithStart(chat, undefined, {
  id: `chat-${room}`,
  idReuse: 'ALLOW',
  signal: opened,
  payload: { topic: room },
})
await handle.signal(joined, name)
for await (const text of createInterface({ input: process.stdin })) await handle.signal(said, { from: name, text })
await handle.signal(left, name)
