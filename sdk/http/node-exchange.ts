/** Requests over Node's own HTTP client, with connections that are kept. */
import type * as NodeHttp from 'node:http'
import type * as NodeHttps from 'node:https'
import type { Exchange } from './exchange.ts'

/** Servers close idle connections after 5 s and more: one that is about to be closed is not used again. */
const idleMs = 4_000

interface Agents {
  http: NodeHttp.Agent
  https: NodeHttps.Agent
}

let kept: Agents | undefined

/** Undefined where this is not Node: what other runtimes have under these names is made of their `fetch`. */
export function nodeExchange(): Exchange | undefined {
  if (globalThis.navigator?.userAgent?.startsWith('Node.js/') !== true) return undefined
  const http: typeof NodeHttp | undefined = globalThis.process?.getBuiltinModule?.('node:http')
  const https: typeof NodeHttps | undefined = globalThis.process?.getBuiltinModule?.('node:https')
  if (http === undefined || https === undefined) return undefined
  kept ??= { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) }
  const agents = kept
  return (url, { body, ...sent }) =>
    new Promise((resolve, reject) => {
      const [module, agent] = url.startsWith('https:') ? [https, agents.https] : [http, agents.http]
      const request = module.request(url, { ...sent, agent }, (message) => {
        let text = ''
        message.setEncoding('utf8')
        message.on('data', (chunk: string) => {
          text += chunk
        })
        message.on('end', () =>
          resolve({ status: message.statusCode ?? 0, text, retryAfter: message.headers['retry-after'] ?? null }),
        )
        message.on('error', reject)
      })
      request.on('error', reject)
      request.end(body)
    })
}

const agentOptions = { keepAlive: true, timeout: idleMs }
