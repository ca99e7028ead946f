/** Keys of an organisation: made, listed without their secret, taken away everywhere. */
import { keepOrganisation } from '../../durable/settings-cache.ts'
import { settingsOf } from '../../durable/stubs.ts'
import { present } from '../../engine/intake/present.ts'
import type { OrganisationKey } from '../../engine/organisation/organisation.ts'
import { keyId, keyList, keyMade, keyRequest } from '../../schemas/organisation.ts'
import { noRootKey, rootKeyOf } from '../auth/authenticate.ts'
import { derivedKey, hashKey, newKey, newKeyId } from '../auth/keys.ts'
import { idempotencyOf } from '../idempotency.ts'
import { guarded, idempotencyHeader, json, jsonBody, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'
import { onEveryPartition } from '../queue-fan-out.ts'

const make = guarded(
  { access: 'administer' },
  {
    method: 'post',
    path: '/keys',
    operationId: 'makeKey',
    tags: ['Organisation'],
    summary: 'Make a key; it is shown once',
    request: { params: orgParam, headers: idempotencyHeader, body: jsonBody(keyRequest) },
    responses: { 201: json(keyMade, 'Made'), 200: json(keyMade, 'Made before under this Idempotency-Key') },
  },
)

const list = guarded(
  { access: 'administer' },
  {
    method: 'get',
    path: '/keys',
    operationId: 'listKeys',
    tags: ['Organisation'],
    summary: 'The keys, without their secrets',
    request: { params: orgParam },
    responses: { 200: json(keyList, 'The keys') },
  },
)

const remove = guarded(
  { access: 'administer' },
  {
    method: 'delete',
    path: '/keys/{keyId}',
    operationId: 'removeKey',
    tags: ['Organisation'],
    summary: 'Take a key away; sockets that it opened are closed',
    request: { params: orgParam.extend({ keyId }) },
    responses: { 204: { description: 'Taken away' } },
  },
)

const shown = ({ hash: _, ...key }: OrganisationKey) => key

export const keyRoutes = routes()
  .openapi(make, async (c) => {
    const { org } = c.req.valid('param')
    const request = c.req.valid('json')
    const rootKey = rootKeyOf(c)
    if (rootKey === null) return refuse(c, noRootKey)
    if (request.expiresAt !== undefined && request.expiresAt <= Date.now()) {
      const errors = [{ path: 'expiresAt', message: 'is in the past' }]
      return refuse(c, { code: 'invalid_request', message: 'expiresAt is in the past', errors })
    }
    const { idempotency } = idempotencyOf(c.req.valid('header')['idempotency-key'], request)
    const id = newKeyId()
    const secretOf = (keyId: string) => derivedKey(rootKey, org, keyId, request.role)
    const key = idempotency ? await secretOf(id) : newKey(request.role)
    const changed = await settingsOf(c.env, org).addKey({
      key: { ...present(request), keyId: id, hash: hashKey(key) },
      ...(idempotency && { idempotency }),
    })
    if (!changed.ok) return refuse(c, changed.refusal)
    keepOrganisation(org, changed.value.organisation)
    if (changed.value.isNew) return c.json({ keyId: id, key }, 201)
    return c.json({ keyId: changed.value.keyId, key: await secretOf(changed.value.keyId) }, 200)
  })
  .openapi(list, async (c) => {
    const { organisation } = await settingsOf(c.env, c.req.valid('param').org).read()
    return c.json({ items: (organisation ?? c.get('organisation')).keys.map(shown) }, 200)
  })
  .openapi(remove, async (c) => {
    const { org, keyId } = c.req.valid('param')
    const settings = settingsOf(c.env, org)
    const changed = await settings.removeKey(keyId)
    const { organisation } = changed.ok ? changed.value : await settings.read()
    if (organisation !== null) {
      keepOrganisation(org, organisation)
      // For a key that is gone as well: whoever repeats this because a queue did not answer must reach that queue.
      await onEveryPartition(c.env, organisation, organisation.queues, (queue) => queue.revoke(keyId))
    }
    return changed.ok ? c.body(null, 204) : refuse(c, changed.refusal)
  })
