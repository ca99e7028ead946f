/** Serves the page that follows one execution, and a token with which it may: the key itself stays here. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const {
  PERDURE_URL: url = 'http://127.0.0.1:8787',
  PERDURE_ORG: org = 'default',
  PERDURE_API_KEY: key = '',
  PORT = '0',
} = process.env
const id = process.argv[2] ?? 'live'
const api = `${url}/api/orgs/${org}`

/** Good for an hour, for reading this execution and nothing else. */
async function streamUrl(): Promise<string> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ execution: id, expiresInMs: 3_600_000 })
  const answer = await fetch(`${api}/tokens`, { method: 'POST', headers, body })
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`)
  const { token } = await answer.json()
  return `${api}/workflow-executions/${id}/stream?token=${token}`
}

const server = createServer(async (request, response) => {
  if (request.url === '/execution') {
    const stream = await streamUrl().catch((error: Error) => error)
    if (stream instanceof Error) response.writeHead(502).end(stream.message)
    else response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ id, stream }))
  } else if (request.url === '/') {
    response.setHeader('Content-Type', 'text/html').end(await readFile(new URL('./page.html', import.meta.url)))
  } else response.writeHead(404).end()
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
