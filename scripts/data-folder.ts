/** What a data folder itself knows, without the service: every execution has its database there, with its name in it. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { objectsFolders } from './data-division.ts'

/** Ids of the executions of an organisation. Folders that a running service writes to may be read. */
export async function executionsIn(data: string, org: string): Promise<string[]> {
  const folders = (await objectsFolders(data)).map((objects) => join(objects, 'perdure-workflow-execution'))
  const ids = await Promise.all(folders.map((folder) => headsIn(folder, org)))
  return ids.flat().sort()
}

async function headsIn(folder: string, org: string): Promise<string[]> {
  // Of several processes one may have had no execution yet.
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.sqlite'))
  return files.flatMap((name) => headOf(join(folder, name), org))
}

function headOf(file: string, org: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const known = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'head'").all()
    if (known.length === 0) return []
    const rows = database.prepare('SELECT execution_id AS id FROM head WHERE org = ?').all(org)
    return rows.map(({ id }) => String(id))
  } finally {
    database.close()
  }
}
