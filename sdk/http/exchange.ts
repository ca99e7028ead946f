/** One request and the whole of its answer, over whatever the runtime does that with best. */
import { nodeExchange } from './node-exchange.ts'

export interface Sent {
  method: string
  headers: Record<string, string>
  body?: string
  signal: AbortSignal
}

export interface Answered {
  status: number
  text: string
  /** The header `Retry-After`. */
  retryAfter: string | null
}

/** Rejects when the network fails or the signal aborts, and for nothing else. */
export type Exchange = (url: string, sent: Sent) => Promise<Answered>

export const overFetch: Exchange = async (url, sent) => {
  const response = await fetch(url, sent)
  return { status: response.status, text: await response.text(), retryAfter: response.headers.get('Retry-After') }
}

/** Node's own client takes half the time and a third of the processor that its `fetch` takes. It follows no redirects. */
export function bestExchange(): Exchange {
  const overNode = nodeExchange()
  if (overNode === undefined) return overFetch
  return async (url, sent) => {
    const answered = await overNode(url, sent)
    return isRedirect(answered.status) ? overFetch(url, sent) : answered
  }
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400 && status !== 304
