/** The organisation `default` and its admin key: made when there is none, kept beside the data, and shown. */
import { readFile, writeFile } from 'node:fs/promises'
import { makeKey, makeOrganisation } from './organisation.ts'

interface Place {
  url: string
  rootKey: string
  /** Where the admin key of this data is kept. */
  keyFile: string
}

export const defaultOrg = 'default'

export async function prepareFirstUse({ url, rootKey, keyFile }: Place): Promise<string> {
  await makeOrganisation({ url, rootKey }, defaultOrg)
  const kept = await readFile(keyFile, 'utf8').then(
    (text) => text.trim(),
    () => '',
  )
  if (kept !== '' && (await accepted(url, kept))) return kept
  const { key } = await makeKey({ url, rootKey }, defaultOrg, 'admin', 'made at first start')
  await writeFile(keyFile, `${key}\n`, { mode: 0o600 })
  return key
}

const accepted = async (url: string, key: string): Promise<boolean> =>
  (await fetch(`${url}/api/orgs/${defaultOrg}/settings`, { headers: { Authorization: `Bearer ${key}` } })).ok

export const welcome = (url: string, key: string): string => `
  Perdure is ready at ${url}, its routes at ${url}/docs

  export PERDURE_URL=${url}
  export PERDURE_ORG=${defaultOrg}
  export PERDURE_API_KEY=${key}
`
