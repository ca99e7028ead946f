/**
 * Which files are digested: the same ones every time it is asked, so that a list made again after a crash is the same list.
 * Nearest the top first, by name within a level.
 */
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface FileListRequest {
  folder: string
  limit: number
}

/** Paths relative to the folder. Hidden entries, links and databases, which change while they are read, are left out. */
export async function listFiles({ folder, limit }: FileListRequest): Promise<string[]> {
  const files: string[] = []
  let level = ['']
  while (level.length > 0 && files.length < limit) {
    const below: string[] = []
    for (const path of level) {
      for (const entry of await entriesOf(join(folder, path))) {
        if (entry.name.startsWith('.')) continue
        if (entry.isDirectory()) below.push(join(path, entry.name))
        else if (entry.isFile() && !database.test(entry.name)) files.push(join(path, entry.name))
      }
    }
    files.sort(byLevelThenName)
    level = below.sort(byName)
  }
  return files.slice(0, limit)
}

/** Which of the files, or of the folders that hold them, were changed later than that. */
export async function changedSince({ folder, limit }: FileListRequest, at: number): Promise<string[]> {
  const files = await listFiles({ folder, limit })
  const changed: string[] = []
  for (const path of new Set([...files, ...files.map(dirname)])) {
    const { ctimeMs } = await stat(join(folder, path)).catch(() => ({ ctimeMs: at }))
    if (ctimeMs >= at) changed.push(path)
  }
  return changed
}

/** A folder that is closed to us, or gone since its parent was read, holds nothing. */
const entriesOf = (folder: string) => readdir(folder, { withFileTypes: true }).catch(() => [])

const database = /\.sqlite(-wal|-shm|-journal)?$/

const depth = (path: string): number => path.split('/').length
const byName = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
const byLevelThenName = (one: string, other: string): number => depth(one) - depth(other) || byName(one, other)
