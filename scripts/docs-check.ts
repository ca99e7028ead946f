/**
 * `npm run docs:check`: `docs/sdk-members.md` has a row for every public member of the built package, and every row names
 * members and tests that are there.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import buildOnce from './build-once.ts'
import { disagreements, readRows } from './docs-check/member-table.ts'
import { publicMembers } from './docs-check/public-members.ts'
import { testTitles } from './docs-check/test-titles.ts'
import { repository } from './repository.ts'

const page = 'docs/sdk-members.md'
const dist = join(repository, 'sdk', 'dist')

await buildOnce()
const manifest: unknown = JSON.parse(await readFile(join(repository, 'sdk', 'package.json'), 'utf8'))
const members = publicMembers(doorsOf(manifest), dist)
const rows = readRows(await readFile(join(repository, page), 'utf8'))
const files = [...new Set(rows.flatMap(({ tests }) => tests.map(({ file }) => file)))]
const titles = testTitles(
  files.map((file) => join(repository, file)),
  repository,
)
const wrong = disagreements(rows, members, (file) => titles.get(join(repository, file)) ?? new Set())
for (const each of wrong) console.error(`${page}: ${each}`)
if (wrong.length > 0) process.exitCode = 1
else console.log(`${page}: ${members.size} members, each with a test`)

/** The declarations behind `exports`: a new door is checked from its first day. */
function doorsOf(manifest: unknown): string[] {
  const doors = exportsOf(manifest).flatMap((door) =>
    typeof door === 'object' && door !== null && 'types' in door && typeof door.types === 'string' ? [door.types] : [],
  )
  if (doors.length === 0) throw new Error('sdk/package.json names no declarations')
  return doors.map((path) => join(repository, 'sdk', path))
}

function exportsOf(manifest: unknown): unknown[] {
  if (typeof manifest !== 'object' || manifest === null || !('exports' in manifest)) return []
  return Object.values(manifest.exports ?? {})
}
