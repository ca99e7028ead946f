/**
 * One service at a time on a data folder: two would both write what only one may write. Who serves it stands in the folder,
 * and holds as long as one of its processes lives and it answers; a copy of the folder is nobody's.
 */
import { readFile, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './usage-error.ts'

interface Claim {
  data: string
  url: string
  pids: number[]
}

const fileOf = (data: string): string => join(data, 'served-by.json')
const answerMs = 2_000

/** @throws UsageError when a service is at work on the folder */
export async function expectUnclaimed(data: string): Promise<void> {
  const claim = await readClaim(data)
  if (claim === undefined || claim.data !== (await realpath(data)) || !claim.pids.some(lives) || !(await answers(claim.url)))
    return
  throw new UsageError(
    `${claim.data} is the data of the service at ${claim.url} (process ${claim.pids.join(', ')}): it can have one at a time`,
  )
}

export async function claim(data: string, by: Omit<Claim, 'data'>): Promise<void> {
  await writeFile(fileOf(data), `${JSON.stringify({ data: await realpath(data), ...by })}\n`)
}

async function readClaim(data: string): Promise<Claim | undefined> {
  try {
    const claim: unknown = JSON.parse(await readFile(fileOf(data), 'utf8'))
    return isClaim(claim) ? claim : undefined
  } catch {
    return undefined
  }
}

const isClaim = (value: unknown): value is Claim =>
  typeof value === 'object' &&
  value !== null &&
  'data' in value &&
  typeof value.data === 'string' &&
  'url' in value &&
  typeof value.url === 'string' &&
  'pids' in value &&
  Array.isArray(value.pids) &&
  value.pids.every((pid) => typeof pid === 'number')

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`, { signal: AbortSignal.timeout(answerMs) }).then(
    ({ ok }) => ok,
    () => false,
  )
