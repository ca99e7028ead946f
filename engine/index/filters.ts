/** What a request asks for: filters and a query, all of which must hold. */
import type { Filters } from '../../schemas/listing.ts'
import { type Answer, accepted, type refused } from '../answer.ts'
import type { Condition, TextField } from './condition.ts'
import { type QueryProblem, readQuery } from './query.ts'

export function conditionOf({ status, kind, queue, parent, startedAfter, startedBefore, query }: Filters): Answer<Condition> {
  const of: Condition[] = []
  const among = (field: TextField, values: string[] | undefined): void => {
    if (values !== undefined) of.push({ type: 'among', subject: { field }, values })
  }
  const started = (comparison: '>=' | '<', value: number | undefined): void => {
    if (value !== undefined) of.push({ type: 'compares', subject: { field: 'startedAt' }, comparison, value })
  }
  among('status', status)
  among('kind', kind)
  among('queue', queue)
  among('parent', parent === undefined ? undefined : [parent])
  started('>=', startedAfter)
  started('<', startedBefore)
  if (query !== undefined) {
    const read = readQuery(query)
    if (!read.ok) return refusedQuery(read.problem)
    of.push(read.condition)
  }
  return accepted({ type: 'all', of })
}

function refusedQuery({ line, column, message }: QueryProblem): ReturnType<typeof refused> {
  const said = `line ${line}, column ${column}: ${message}`
  return {
    ok: false,
    refusal: { code: 'invalid_request', message: `query: ${said}`, errors: [{ path: 'query', message: said }] },
  }
}
