/** Whatever a request goes over, its sender sees the same. */
import { afterEach, expect, test } from 'vitest'
import { bestExchange, type Exchange, overFetch } from '../../sdk/http/exchange.ts'
import { nodeExchange } from '../../sdk/http/node-exchange.ts'
import { type Answer, Wire } from './wire.ts'

let wire: Wire | undefined
afterEach(async () => {
  await wire?.close()
  wire = undefined
})

const overNode = nodeExchange()
if (overNode === undefined) throw new Error('these tests run on Node')

const exchanges: [string, Exchange][] = [
  ['fetch', overFetch],
  ["Node's client", overNode],
]

async function answering(...answers: Answer[]): Promise<Wire> {
  wire = await Wire.open((_, index) => answers[index] ?? { status: 500 })
  return wire
}

const post = (body: string) => ({
  method: 'POST',
  headers: { 'X-Mark': 'a' },
  body,
  signal: quiet(),
})
const quiet = (): AbortSignal => new AbortController().signal

test.each(exchanges)('over %s: method, headers and body go there, status and text come back', async (_, exchange) => {
  const { url, asked } = await answering({ status: 418, headers: { 'Retry-After': '7' }, text: '{"ä":"🫖"}' })
  expect(await exchange(`${url}/pots?brew=1`, post('{"tea":"grün"}'))).toEqual({
    status: 418,
    text: '{"ä":"🫖"}',
    retryAfter: '7',
  })
  expect(asked).toMatchObject([{ method: 'POST', path: '/pots?brew=1', headers: { 'x-mark': 'a' }, body: { tea: 'grün' } }])
})

test.each(exchanges)('over %s: an answer without a body is empty', async (_, exchange) => {
  const { url } = await answering({ status: 204 })
  const sent = { method: 'GET', headers: {}, signal: quiet() }
  expect(await exchange(url, sent)).toEqual({ status: 204, text: '', retryAfter: null })
})

test.each(exchanges)('over %s: a broken connection rejects', async (_, exchange) => {
  const { url } = await answering('hang up', 'break off')
  await expect(exchange(url, post('{}'))).rejects.toThrow()
  await expect(exchange(url, post('{}'))).rejects.toThrow()
  await expect(exchange('http://127.0.0.1:1', post('{}'))).rejects.toThrow()
})

test.each(exchanges)('over %s: who aborts does not wait for the answer', async (_, exchange) => {
  const abort = new AbortController()
  const given = Promise.withResolvers<Answer>()
  wire = await Wire.open(() => {
    abort.abort(new Error('enough'))
    return given.promise
  })
  await expect(exchange(wire.url, { ...post('{}'), signal: abort.signal })).rejects.toThrow()
  given.resolve({})
  await expect(exchange(wire.url, { ...post('{}'), signal: abort.signal })).rejects.toThrow()
})

test('a service that has moved is followed', async () => {
  wire = await Wire.open(({ path }) =>
    path === '/there' ? { text: '"here"' } : { status: 307, headers: { Location: '/there' } },
  )
  expect(await bestExchange()(`${wire.url}/here`, post('{"kept":true}'))).toMatchObject({ status: 200, text: '"here"' })
  expect(wire.asked.at(-1)).toMatchObject({ path: '/there', body: { kept: true } })
})
