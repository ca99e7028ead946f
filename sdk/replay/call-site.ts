/** The line of the author's code that made a call: only asked for when something is wrong with it. */

interface Stacked {
  stack?: string
}

/** `caller` is the function that the author called; the frame above it is theirs. */
export function callSite(caller: (...args: never[]) => unknown): string | undefined {
  if (typeof Error.captureStackTrace !== 'function') return undefined
  const stacked: Stacked = {}
  Error.captureStackTrace(stacked, caller)
  const frame = stacked.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))
  return frame
    ?.trim()
    .replace(/^at (?:async )?/, '')
    .replace(/^.*\((.*)\)$/, '$1')
    .replace(/^file:\/\//, '')
}
