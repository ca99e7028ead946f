/**
 * What a service has committed, read from the write-ahead logs of its databases (SQLite, "WAL-mode file format"): a frame is
 * a page that was written, and the last frame of a transaction says how large the database is then.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Written {
  commits: number
  pages: number
}

const fileHeader = 32
const frameHeader = 24

/** Since each log was begun; logs are begun anew after some thousand pages. */
export async function writtenIn(data: string): Promise<Written> {
  const written = { commits: 0, pages: 0 }
  for (const name of await readdir(join(data, 'objects'), { recursive: true })) {
    if (!name.endsWith('-wal')) continue
    const one = framesOf(await readFile(join(data, 'objects', name)))
    written.commits += one.commits
    written.pages += one.pages
  }
  return written
}

function framesOf(log: Buffer): Written {
  const written = { commits: 0, pages: 0 }
  if (log.length < fileHeader) return written
  const pageSize = log.readUInt32BE(8)
  const salt = log.subarray(16, 24)
  for (let at = fileHeader; at + frameHeader + pageSize <= log.length; at += frameHeader + pageSize) {
    // What follows is of an older log in the same file.
    if (!log.subarray(at + 8, at + 16).equals(salt)) break
    written.pages += 1
    if (log.readUInt32BE(at + 4) !== 0) written.commits += 1
  }
  return written
}
