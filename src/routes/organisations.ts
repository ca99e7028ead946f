/** The organisation itself, and its settings. */
import { keepOrganisation } from '../../durable/settings-cache.ts'
import { settingsOf } from '../../durable/stubs.ts'
import { present } from '../../engine/intake/present.ts'
import { type Organisation, settingsOf as settingsShown } from '../../engine/organisation/organisation.ts'
import { organisation, organisationRequest, settings, settingsPatch } from '../../schemas/organisation.ts'
import { idempotencyOf } from '../idempotency.ts'
import { guarded, idempotencyHeader, json, jsonBody, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

const create = guarded(
  { access: 'own' },
  {
    method: 'put',
    path: '/',
    operationId: 'createOrganisation',
    tags: ['Organisation'],
    summary: 'Create an organisation, or rename it (root key)',
    request: { params: orgParam, headers: idempotencyHeader, body: jsonBody(organisationRequest, false) },
    responses: { 201: json(organisation, 'Created'), 200: json(organisation, 'It was there already') },
  },
)

const read = guarded(
  { access: 'administer' },
  {
    method: 'get',
    path: '/settings',
    operationId: 'readSettings',
    tags: ['Organisation'],
    summary: 'The settings',
    request: { params: orgParam },
    responses: { 200: json(settings, 'The settings') },
  },
)

const change = guarded(
  { access: 'administer' },
  {
    method: 'patch',
    path: '/settings',
    operationId: 'changeSettings',
    tags: ['Organisation'],
    summary: 'Change settings; what is absent stays',
    request: { params: orgParam, body: jsonBody(settingsPatch) },
    responses: { 200: json(settings, 'The settings as they are now') },
  },
)

const shown = ({ org, displayName, createdAt }: Organisation) => ({ ...present({ displayName }), org, createdAt })

export const organisationRoutes = routes()
  .openapi(create, async (c) => {
    const { org } = c.req.valid('param')
    const request = c.req.valid('json')
    const changed = await settingsOf(c.env, org).create({
      org,
      ...(request.displayName !== undefined && { displayName: request.displayName }),
      ...idempotencyOf(c.req.valid('header')['idempotency-key'], request),
    })
    if (!changed.ok) return refuse(c, changed.refusal)
    keepOrganisation(org, changed.value.organisation)
    const made = shown(changed.value.organisation)
    return changed.value.isNew ? c.json(made, 201) : c.json(made, 200)
  })
  .openapi(read, async (c) => {
    const { organisation } = await settingsOf(c.env, c.req.valid('param').org).read()
    return c.json(settingsShown(organisation ?? c.get('organisation')), 200)
  })
  .openapi(change, async (c) => {
    const { org } = c.req.valid('param')
    const changed = await settingsOf(c.env, org).patch(c.req.valid('json'))
    if (!changed.ok) return refuse(c, changed.refusal)
    keepOrganisation(org, changed.value.organisation)
    return c.json(settingsShown(changed.value.organisation), 200)
  })
