/** Where `ctx.log` goes unless told otherwise: one JSON line each, on stderr where there is one. */
import type { LogEntry } from '../definition/logger.ts'
import { encode } from '../values/encode.ts'

export function writeLog({ fields, ...entry }: LogEntry): void {
  const line = { time: new Date().toISOString(), ...entry, ...(Object.keys(fields).length > 0 && { fields: shown(fields) }) }
  globalThis.process?.stderr?.write(`${JSON.stringify(line)}\n`)
}

/** A log never throws: fields that cannot be encoded are told as text. */
function shown(fields: Record<string, unknown>): unknown {
  try {
    return encode(fields, 'fields')
  } catch {
    return String(fields)
  }
}
