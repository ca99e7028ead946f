/** A JSON request over connections that are kept, as cheaply as Node can make it. */
import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true })

export function post(url: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' }
    const asking = request(url, { method: 'POST', agent, headers }, (message) => {
      let text = ''
      message.setEncoding('utf8')
      message.on('data', (chunk: string) => {
        text += chunk
      })
      message.on('end', () => {
        const isOk = message.statusCode !== undefined && message.statusCode >= 200 && message.statusCode < 300
        if (isOk) resolve(text === '' ? undefined : JSON.parse(text))
        else reject(new Error(`${url} answered ${message.statusCode}: ${text.slice(0, 500)}`))
      })
      message.on('error', reject)
    })
    asking.on('error', reject)
    asking.end(JSON.stringify(body))
  })
}
