/** The service's routes as workers see them: batches are taken apart and put together by the real code of `src/`. */

import { sendBatch, splitBatch } from '../../durable/completions.ts'
import type { PollRequest, ReportOutcome } from '../../durable/ports.ts'
import { type Answer, refused } from '../../engine/answer.ts'
import type { ReportRequest } from '../../engine/execution/commands.ts'
import { PayloadText } from '../../engine/intake/payload-text.ts'
import type { Completions } from '../../schemas/reports.ts'
import { call } from './network.ts'
import type { World } from './world.ts'

export interface FrontAnswer {
  status: number
  text: string
}

export const payloadBytes = 1_048_576

const problem = (status: number, code: string): FrontAnswer => ({
  status,
  text: JSON.stringify({ type: `urn:perdure:problem:${code}`, title: code, status, code, detail: code }),
})

export async function answerRequest(world: World, url: URL, headers: Headers, body: string): Promise<FrontAnswer> {
  const [, , , , resource = '', name = '', part, work, verb] = url.pathname.split('/')
  const executionId = decodeURIComponent(name)
  const ask = async (id: string, request: ReportRequest): Promise<Answer<ReportOutcome>> => {
    try {
      return await call(world, 'service-to-object', undefined, world.execution(id), (life) => life.report(request))
    } catch {
      return refused('internal', 'the service failed')
    }
  }
  if (resource === 'queues' && part === 'poll') {
    const { waitMs, ...opening } = JSON.parse(body) as PollRequest
    const queue = world.queue(Number(url.searchParams.get('partition')))
    try {
      const answer = await call(world, 'service-to-object', undefined, queue, (life) =>
        life.poll(waitMs, { ...opening, keyId: 'key' }),
      )
      return answer.ok ? { status: 200, text: answer.value } : problem(400, answer.refusal.code)
    } catch {
      return problem(503, 'unavailable')
    }
  }
  if (resource === 'worker') {
    const batch = splitBatch(JSON.parse(body) as Completions, payloadBytes)
    if ('code' in batch) return problem(400, batch.code)
    return { status: 200, text: await sendBatch(batch, ask) }
  }
  if (resource === 'workflow-executions' && part === 'events') {
    const { searchParams } = url
    try {
      return await call(world, 'service-to-object', undefined, world.execution(executionId), async (life) => {
        if (!life.holdsWork(searchParams.get('work') ?? '', headers.get('Perdure-Work-Token') ?? ''))
          return problem(403, 'forbidden')
        const text = await life.page(Number(searchParams.get('run')), Number(searchParams.get('after')), 1_000)
        return { status: 200, text }
      })
    } catch {
      return problem(503, 'unavailable')
    }
  }
  if (resource === 'workflow-executions' && part === 'activations' && verb === 'fail' && work !== undefined) {
    const said = JSON.parse(body)
    const failure = new PayloadText(payloadBytes).failure(said.failure, 'failure')
    const determinism = said.determinism === undefined ? {} : { determinism: JSON.stringify(said.determinism) }
    const report = { run: 0, id: work, token: String(said.token), type: 'activation-failed' as const, failure, ...determinism }
    const answer = await ask(executionId, { reports: [report] })
    const [result = refused('internal', 'no answer').refusal] = answer.ok ? answer.value.results : [answer.refusal]
    if ('code' in result) return problem(result.code === 'internal' ? 503 : 409, result.code)
    return { status: 200, text: answer.ok ? answer.value.reply : '{}' }
  }
  return problem(400, 'invalid_request')
}
