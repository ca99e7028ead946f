/** A reader of an execution's stream, over server-sent events or a socket: what it was sent, in order. */
import { exports } from 'cloudflare:workers'
import type { Organisation } from './peer.ts'

export interface StreamFrame {
  type: string
  event?: string
  run?: number
  sequence?: number
  taskId?: string
  attempt?: number
  index?: number
  afterSequence?: number
  status?: string
  data?: Record<string, unknown>
}

const rootKey = 'root-key-of-the-tests'

export interface Reader {
  readonly frames: StreamFrame[]
  /** The `id:` of the last event; what to resume from. */
  last(): string | undefined
  /** Resolves at the end of the stream, whoever ended it. */
  readonly ended: Promise<void>
  leave(): void
}

export interface SocketReader extends Reader {
  /** How it was closed, once it is. */
  readonly closing: { code: number; reason: string } | undefined
}

const request = (organisation: Organisation, id: string, query: string, headers: Record<string, string>) =>
  exports.default.fetch(
    new Request(`http://perdure.test/api/orgs/${organisation.name}/workflow-executions/${id}/stream${query}`, { headers }),
  )

const lastOf = (frames: StreamFrame[]): string | undefined => {
  const event = frames.findLast(({ type }) => type === 'Event')
  return event && `${event.run}-${event.sequence}`
}

export async function readEvents(organisation: Organisation, id: string, query = '', lastEventId?: string): Promise<Reader> {
  const response = await request(organisation, id, query, {
    Authorization: `Bearer ${rootKey}`,
    ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
  })
  if (response.body === null || !response.ok) throw new Error(`${response.status} ${await response.text()}`)
  const frames: StreamFrame[] = []
  const lines = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const read = async (): Promise<void> => {
    let text = ''
    for (let part = await lines.read(); !part.done; part = await lines.read()) {
      const messages = (text + part.value).split('\n\n')
      text = messages.pop() ?? ''
      for (const message of messages) {
        const data = message.split('\n').find((line) => line.startsWith('data: '))
        if (data !== undefined) frames.push(JSON.parse(data.slice('data: '.length)) as StreamFrame)
      }
    }
  }
  return {
    frames,
    last: () => lastOf(frames),
    ended: read().catch(() => undefined),
    leave: () => void lines.cancel().catch(() => undefined),
  }
}

export async function readSocket(organisation: Organisation, id: string, query = ''): Promise<SocketReader> {
  const response = await request(organisation, id, query, {
    Upgrade: 'websocket',
    'Sec-WebSocket-Protocol': `perdure.stream.v1, perdure.key.${rootKey}`,
  })
  const socket = response.webSocket
  if (socket === null) throw new Error(`${response.status} ${await response.text()}`)
  const frames: StreamFrame[] = []
  let closing: SocketReader['closing']
  const ended = new Promise<void>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => {
      closing = { code, reason }
      resolve()
    })
    socket.addEventListener('error', () => resolve())
  })
  socket.addEventListener('message', ({ data }) => void frames.push(JSON.parse(String(data)) as StreamFrame))
  socket.accept()
  return {
    frames,
    last: () => lastOf(frames),
    ended,
    get closing() {
      return closing
    },
    leave: () => socket.close(1000, 'bye'),
  }
}
