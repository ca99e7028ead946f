/** A remembered route is the route that is found anew. */
import { TrieRouter } from 'hono/router/trie-router'
import { expect, test } from 'vitest'
import { RememberingRouter } from '../../src/remembering-router.ts'

const routes: [string, string][] = [
  ['ALL', '*'],
  ['POST', '/api/orgs/:org/worker/completions'],
  ['GET', '/api/orgs/:org/executions'],
  ['POST', '/api/orgs/:org/executions'],
  ['GET', '/api/orgs/:org/executions/:id'],
  ['GET', '/api/orgs/:org/executions/count'],
]

function routers() {
  const searches: string[] = []
  const inner = new TrieRouter<string>()
  const plain = new TrieRouter<string>()
  for (const router of [inner, plain]) for (const [method, path] of routes) router.add(method, path, `${method} ${path}`)
  const match = inner.match.bind(inner)
  inner.match = (method, path) => {
    searches.push(`${method} ${path}`)
    return match(method, path)
  }
  return { plain, router: new RememberingRouter(inner), searches }
}

test('whatever is asked, in whatever order, is answered as by the router itself', () => {
  const { plain, router } = routers()
  const paths = ['acme', 'other'].flatMap((org) =>
    ['worker/completions', 'executions', 'executions/a', 'executions/count', 'nothing'].map((rest) => `/api/orgs/${org}/${rest}`),
  )
  for (let round = 0; round < 3; round += 1) {
    for (const path of [...paths, '/', '/api'])
      for (const method of ['GET', 'POST', 'PUT']) expect(router.match(method, path)).toEqual(plain.match(method, path))
  }
})

test('paths of an organisation alone are searched for once, those of an execution each time', () => {
  const { router, searches } = routers()
  for (let round = 0; round < 3; round += 1) {
    router.match('POST', '/api/orgs/acme/worker/completions')
    router.match('GET', '/api/orgs/acme/executions/a')
    router.match('GET', '/api/orgs/acme/nothing')
  }
  expect(searches.filter((each) => each.endsWith('completions'))).toHaveLength(1)
  expect(searches).toHaveLength(7)
})

test('no more is remembered than there is room for', () => {
  const { router, searches } = routers()
  for (let org = 0; org < 1_000; org += 1) router.match('GET', `/api/orgs/org-${org}/executions`)
  router.match('GET', '/api/orgs/org-999/executions')
  expect(searches).toHaveLength(1_000)
  router.match('GET', '/api/orgs/org-0/executions')
  expect(searches).toHaveLength(1_001)
})
