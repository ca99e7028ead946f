/** Cloudflare Workflows: steps in the workflow's own process. `POST /run` answers once a workflow is complete. */
import { WorkflowEntrypoint } from 'cloudflare:workers'

export class Bench extends WorkflowEntrypoint {
  async run(event, step) {
    const { type, tasks } = event.payload
    const nothing = (index) => step.do(`nothing ${index}`, async () => index)
    if (type === 'parallel') {
      const results = await Promise.all(Array.from({ length: tasks }, (_, index) => nothing(index)))
      return results.reduce((sum, result) => sum + result, 0)
    }
    let sum = 0
    for (let index = 0; index < tasks; index += 1) sum += await nothing(index)
    return sum
  }
}

export default {
  async fetch(request, env) {
    if (request.method !== 'POST') return new Response('ready')
    const instance = await env.BENCH.create({ params: await request.json() })
    for (;;) {
      const { status, output, error } = await instance.status()
      if (status === 'complete') return Response.json(output)
      if (status === 'errored' || status === 'terminated') return Response.json({ status, error }, { status: 500 })
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  },
}
