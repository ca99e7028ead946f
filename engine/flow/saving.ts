/** Which version a flow becomes when it is saved. A version that was saved never changes. */
import { type Answer, accepted, refused } from '../answer.ts'

interface SavedVersion {
  version: number
  hash: string
}

export interface VersionToSave {
  name: string
  hash: string
  /** As its file says. */
  version?: number
  /** The newest that is saved. */
  latest: SavedVersion | undefined
  /** The one that the file names, if that is saved. */
  named: SavedVersion | undefined
}

/** `created`: it is a new one. Equal content is the version that is there; without a number the next is counted. */
export function versionToSave({
  name,
  hash,
  version,
  latest,
  named,
}: VersionToSave): Answer<{ version: number; created: boolean }> {
  const same = version === undefined ? latest : named
  if (same?.hash === hash) return accepted({ version: same.version, created: false })
  const last = latest?.version ?? 0
  if (version === undefined) return accepted({ version: last + 1, created: true })
  if (version > last) return accepted({ version, created: true })
  return refused(
    'already_exists',
    `flow ${name} has version ${last}; one that says it is version ${version} would change what was saved`,
  )
}
