/** Makes organisations and keys with the root key, as an operator would. */
export interface OwnKey {
  keyId: string
  key: string
}

interface Place {
  url: string
  rootKey: string
}

async function send(place: Place, method: string, path: string, body: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${place.url}/api/orgs/${path}`, {
    method,
    headers: { Authorization: `Bearer ${place.rootKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
  return { status: response.status, body: answer }
}

/** True when it was not there. */
export async function makeOrganisation(place: Place, org: string): Promise<boolean> {
  return (await send(place, 'PUT', org, {})).status === 201
}

export async function makeKey(place: Place, org: string, role: string, label?: string): Promise<OwnKey> {
  const { body } = await send(place, 'POST', `${org}/keys`, label === undefined ? { role } : { role, label })
  if (typeof body !== 'object' || body === null || !('key' in body) || !('keyId' in body)) throw new Error('no key was made')
  return { key: String(body.key), keyId: String(body.keyId) }
}
