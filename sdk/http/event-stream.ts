/**
 * A stream of server-sent events that goes on where it was: it connects again by itself, with the id of the last event
 * that it gave, until the service says that the stream is over. Nothing is left out and nothing comes twice, but for
 * messages without an id, which may come again.
 */
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Json } from '../../schemas/values.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { jittered, mayBeRetried, pause } from './retry.ts'
import type { ServiceAnswer, ServiceRequest } from './service.ts'
import { NetworkError } from './service-error.ts'

export interface StreamMessage {
  type: string
  [field: string]: Json | undefined
}

/** Asks for an answer whose body is a stream. */
export type OpenStream = (request: ServiceRequest) => Promise<ServiceAnswer>

const patience = { firstMs: 100, longestMs: 5_000 }
/** The service says something every 15 s; after this the connection counts as broken. */
const silenceMs = 45_000

/**
 * @param after where to begin: a sequence or `<run>-<sequence>`
 * @throws what may not be retried; the signal's reason when it aborts
 */
export async function* eventStream(
  open: OpenStream,
  path: string,
  { after, signal }: { after: string | undefined; signal: AbortSignal | undefined },
): AsyncGenerator<StreamMessage, void, undefined> {
  let last = after
  for (let failures = 0; ; failures += 1) {
    try {
      const headers: Record<string, string> = last === undefined ? {} : { 'Last-Event-ID': last }
      const { body } = await open({ method: 'GET', path, headers, isStream: true, ...(signal && { signal }) })
      if (!(body instanceof ReadableStream)) throw new PerdureError('the answer is no stream', { code: 'invalid_answer' })
      for await (const { id, data } of messagesOf(body)) {
        const message = readMessage(data)
        if (id !== undefined) last = id
        failures = 0
        yield message
        if (message.type === 'End') return
      }
    } catch (error) {
      if (signal?.aborted || !mayBeRetried(error)) throw error
    }
    await pause(jittered(patience, failures), signal)
  }
}

/** Ends quietly where the connection ends. */
async function* messagesOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<{ id: string | undefined; data: string }> {
  const messages = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await messages.read().catch((error: unknown) => {
        throw new NetworkError('the stream broke off', error)
      })
      if (done) return
      yield { id: value.id, data: value.data }
    }
  } finally {
    await messages.cancel().catch(() => undefined)
  }
}

/** Fails a body that says nothing for too long: half-open connections are not noticed otherwise. */
export function unlessSilent(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const watch = (controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>): void => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.error(new Error(`nothing came for ${silenceMs} ms`)), silenceMs)
  }
  const stop = (): void => clearTimeout(timer)
  return body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      start: watch,
      transform(chunk, controller) {
        watch(controller)
        controller.enqueue(chunk)
      },
      flush: stop,
      cancel: stop,
    } as Transformer<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>),
  )
}

function readMessage(data: string): StreamMessage {
  try {
    const message: unknown = JSON.parse(data)
    if (isMessage(message)) return message
  } catch {
    // Said below.
  }
  throw new PerdureError(`the stream has something that is no message: ${data.slice(0, 200)}`, { code: 'invalid_answer' })
}

const isMessage = (value: unknown): value is StreamMessage =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
