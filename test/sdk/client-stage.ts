/** A client against a server that answers from a script. */
import { Client } from '../../sdk/client/client.ts'
import { type Answer, type Asked, Wire } from './wire.ts'

export const apiKey = 'pd_client_secret'
export const started = { status: 201, body: { id: 'album-7', run: 1, isNew: true, status: 'PENDING' } }
export const completed = (output: unknown) => ({ body: { run: 1, status: 'COMPLETED', output } })

/** One answer a request, the last one for all that follow. */
export const inTurn =
  (...answers: [Answer, ...Answer[]]) =>
  (_: Asked, index: number): Answer =>
    answers[index] ?? answers.at(-1) ?? answers[0]

/** For one test at a time; `close` comes after each. */
export function stage() {
  let wire: Wire | undefined
  return {
    async against(answer: (asked: Asked, index: number) => Answer | Promise<Answer>) {
      wire = await Wire.open(answer)
      return { client: new Client({ url: wire.url, org: 'acme', apiKey }), asked: wire.asked, wire }
    },
    async close(): Promise<void> {
      await wire?.close()
      wire = undefined
    },
  }
}
