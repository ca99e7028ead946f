/**
 * Passes on what an object's socket says to a reader, in a socket of the request's own.
 *
 * A socket that hibernates with its object keeps its connection after both sides have closed it, until the object is
 * evicted: its reader, who may do nothing before the connection is gone, would wait for ten seconds or for ever. A socket
 * of a request goes at once.
 */

/** The answer to the upgrade. Readers only listen: nothing goes the other way but the end. */
export function relaySocket(response: Response): Response {
  const { webSocket: upstream } = response
  if (upstream === null) return response
  const { 0: client, 1: server } = new WebSocketPair()
  upstream.addEventListener('message', ({ data }) => server.send(data))
  upstream.addEventListener('close', ({ code, reason }) => close(server, code, reason))
  upstream.addEventListener('error', () => close(server, 1011, 'the execution is gone'))
  server.addEventListener('close', () => close(upstream, 1000, 'the reader left'))
  server.addEventListener('error', () => close(upstream, 1000, 'the reader is gone'))
  server.accept()
  upstream.accept()
  return new Response(null, { status: 101, headers: response.headers, webSocket: client })
}

/** Codes that nobody may send stand for connections that were lost. */
function close(socket: WebSocket, code: number, reason: string): void {
  const isSendable = code === 1000 || (code > 1000 && code < 5_000 && ![1004, 1005, 1006, 1015].includes(code))
  socket.close(isSendable ? code : 1011, reason)
}
