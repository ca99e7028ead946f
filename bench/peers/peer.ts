/** Somebody else's system on this machine, asked to do the same jobs. */
import type { Job } from '../line.ts'

export interface Peer {
  name: string
  /** Milliseconds from the start to the result; of `throughput`, workflows per second. */
  run(job: Job): Promise<number>
  close(): Promise<void>
}

export type OpenPeer = (folder: string) => Promise<Peer>
