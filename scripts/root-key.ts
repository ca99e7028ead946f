/** The root key of this machine: from the environment, else from the git-ignored `.dev.vars`, else made and kept there. */
import { randomBytes } from 'node:crypto'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from './repository.ts'

const name = 'PERDURE_ROOT_KEY'
const file = join(repository, '.dev.vars')

export async function rootKeyOfMachine(): Promise<string> {
  const given = process.env[name]?.trim()
  if (given) return given
  const present = await readFile(file, 'utf8').catch(() => '')
  const kept = new RegExp(`^${name}\\s*=\\s*"?([^"\\s]+)"?\\s*$`, 'm').exec(present)?.[1]
  if (kept) return kept
  const made = randomRootKey()
  const gap = present === '' || present.endsWith('\n') ? '' : '\n'
  await appendFile(file, `${gap}${name}=${made}\n`, { mode: 0o600 })
  return made
}

export const randomRootKey = (): string => `pd_root_${randomBytes(32).toString('base64url')}`
