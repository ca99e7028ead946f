/** What workflow code may be waiting for, when it waits for nothing durable. */

/** Always there, in a process with a worker. */
const usual = new Set([
  'Immediate',
  'MessagePort',
  'PipeWrap',
  'TCPSocketWrap',
  'TCPServerWrap',
  'TTYWrap',
  'SignalWrap',
  'TLSWrap',
  'Timeout',
  'CloseReq',
])

/** Names what the process has open, where the runtime tells. */
export function openResources(): string {
  const open = globalThis.process?.getActiveResourcesInfo?.() ?? []
  const names = [...new Set(open.filter((name) => !usual.has(name)))]
  return names.length === 0 ? '' : ` (open in this process: ${names.join(', ')})`
}
