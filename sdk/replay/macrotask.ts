/** One macrotask: when it has passed, every microtask that was due has run. Never a timer, which would be 1 to 2 ms. */

export const macrotask: () => Promise<void> =
  typeof setImmediate === 'function' ? immediate(setImmediate) : channel(new MessageChannel())

function immediate(schedule: (callback: () => void) => unknown): () => Promise<void> {
  return () =>
    new Promise((resolve) => {
      schedule(resolve)
    })
}

function channel({ port1, port2 }: MessageChannel): () => Promise<void> {
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      port2.postMessage(null)
    })
}
