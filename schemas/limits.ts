/** Limits that hold unless an organisation's settings say otherwise. Bytes are UTF-8 bytes of JSON text. */
export const limits = {
  payloadBytes: 1_048_576,
  requestBytes: 4_194_304,
  workerRequestBytes: 33_554_432,
  commandsPerActivation: 10_000,
  eventsPerRun: 50_000,
  eventsSuggestContinueAsNew: 10_000,
  openTasks: 10_000,
  /** Signals that the run's code has not been given yet. */
  signalsUnread: 10_000,
  /** Values for promises that the run's code has not made yet. */
  settlementsKept: 10_000,
  attributeKeys: 64,
  attributeBytes: 16_384,
  nameCharacters: 200,
  /** A log up to this size is sent whole with each activation. */
  wholeLogBytes: 65_536,
  /** A page of events ends at this many events or bytes. */
  pageEvents: 1_000,
  pageBytes: 4_194_304,
  resultWaitMs: 60_000,
  longPollMs: 30_000,
} as const

/** The share of `limits` that an organisation can lower in its settings. */
export type Limits = { [name in keyof typeof limits]: number }
