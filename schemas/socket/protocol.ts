/** The worker's socket protocol. `version` is raised with every change of a message; a test locks the two together. */
export const protocol = {
  version: 1,
  subprotocol: 'perdure.v1',
  /** A key may come as a second subprotocol, for clients that cannot set headers. */
  keyPrefix: 'perdure.key.',
  /** Answered without waking the queue. */
  ping: 'ping',
  pong: 'pong',
  pingIntervalMs: 10_000,
} as const
