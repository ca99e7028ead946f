/** An execution as a record: its runs, its logs as a file, its deletion. */
import { z } from 'zod'
import type { ExecutionPort } from '../../durable/ports.ts'
import { executionStub } from '../../durable/stubs.ts'
import { runList } from '../../schemas/listing.ts'
import { passOn, sendText } from '../answer.ts'
import { executionParam, guarded, json, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

const execution = '/workflow-executions/{id}' as const

const runs = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: `${execution}/runs`,
    operationId: 'executionRuns',
    tags: ['Executions'],
    summary: 'The runs of an execution that are still kept, the latest first',
    request: { params: executionParam },
    responses: { 200: json(runList, 'The runs') },
  },
)

const exported = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: `${execution}/export`,
    operationId: 'exportExecution',
    tags: ['Executions'],
    summary: 'The logs of all runs as JSON Lines, oldest first: an event with the number of its run on each line',
    request: { params: executionParam },
    responses: { 200: { description: 'The logs', content: { 'application/jsonl': { schema: z.string() } } } },
  },
)

const remove = guarded(
  { access: 'operate' },
  {
    method: 'delete',
    path: execution,
    operationId: 'deleteExecution',
    tags: ['Executions'],
    summary: 'Delete a closed execution with all its runs; its id is free then',
    request: { params: executionParam },
    responses: { 204: { description: 'Deleted' } },
  },
)

export const recordRoutes = routes()
  .openapi(runs, async (c) => {
    const { org, id } = c.req.valid('param')
    const answer = await executionStub(c.env, org, id).runs()
    return answer.ok ? sendText(answer.value, 200) : refuse(c, answer.refusal)
  })
  .openapi(exported, async (c) => {
    const { org, id } = c.req.valid('param')
    const stub = executionStub(c.env, org, id)
    const first = await stub.export({ run: 0, after: 0 })
    if (!first.ok) return refuse(c, first.refusal)
    const headers = {
      'Content-Type': 'application/jsonl; charset=utf-8',
      'Content-Disposition': `attachment; filename="${id.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.jsonl"`,
    }
    return passOn(new Response(linesOf(stub, first.value), { headers }))
  })
  .openapi(remove, async (c) => {
    const { org, id } = c.req.valid('param')
    const answer = await executionStub(c.env, org, id).delete()
    return answer.ok ? c.body(null, 204) : refuse(c, answer.refusal)
  })

type Page = Extract<Awaited<ReturnType<ExecutionPort['export']>>, { ok: true }>['value']

/** Page by page as the reader takes them: a log may be larger than this process. */
function linesOf(stub: ExecutionPort, first: Page): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let page: Page | undefined = first
  return new ReadableStream({
    async pull(controller) {
      if (page === undefined) return controller.close()
      const { lines, next } = page
      if (lines !== '') controller.enqueue(encoder.encode(lines))
      page = undefined
      if (next === undefined) return controller.close()
      const answer = await stub.export(next)
      if (answer.ok) page = answer.value
      // Deleted while it was read: a file that merely ended would look complete.
      else controller.error(new Error(answer.refusal.message))
    },
  })
}
