/** The text form of the stream (WHATWG HTML, "Server-sent events"). Messages are JSON and have no line breaks. */
import type { StreamItem } from './stream-reader.ts'

/** With an `event:` line only if asked for: without one `onmessage` gets everything. */
export const sseText = (items: readonly StreamItem[], named: boolean): string =>
  items
    .map(({ id, event, text }) => `${id === undefined ? '' : `id: ${id}\n`}${named ? `event: ${event}\n` : ''}data: ${text}\n\n`)
    .join('')

export const sseKeepAlive = ': keep-alive\n\n'
