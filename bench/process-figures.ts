/** What the system says of a process. */
import { readdirSync, readFileSync } from 'node:fs'

const pageBytes = 4_096

/** Processor time of all its threads so far. */
export function processorMs(pid: number): number {
  let total = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [running = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    total += Number(running) / 1_000_000
  }
  return total
}

/** What it has in memory. */
export function residentMb(pid: number): number {
  const [, resident = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
  return (Number(resident) * pageBytes) / 1_000_000
}

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

export const sumOf = (pids: readonly number[], figure: (pid: number) => number): number =>
  pids.reduce((sum, pid) => sum + figure(pid), 0)
