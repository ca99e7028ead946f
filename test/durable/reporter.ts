/** A worker's socket straight to one execution: what is said, and what is answered, message by message. */
import { exports } from 'cloudflare:workers'
import type { Accept, CompletionsAnswer, Report, Then } from '../../schemas/reports.ts'
import { type Organisation, rootKey } from './peer.ts'

export const askForReports = (organisation: Organisation, id: string, headers: Record<string, string>): Promise<Response> =>
  exports.default.fetch(
    new Request(`http://perdure.test/api/orgs/${organisation.name}/workflow-executions/${id}/reports`, { headers }),
  )

export const upgrade = (key: string) => ({ Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `perdure.v1, perdure.key.${key}` })

export class Reporter {
  /** Settles when the service closes it. */
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  readonly #waiting: ((answer: CompletionsAnswer) => void)[] = []
  /** How many answers came. */
  messages = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })))
    socket.addEventListener('message', ({ data }) => {
      this.messages += 1
      this.#waiting.shift()?.(JSON.parse(String(data)))
    })
    socket.accept()
  }

  static async open(organisation: Organisation, id: string, key: string = rootKey): Promise<Reporter> {
    const response = await askForReports(organisation, id, upgrade(key))
    if (response.webSocket === null) throw new Error(`no socket: ${response.status} ${await response.text()}`)
    return new Reporter(response.webSocket)
  }

  /** As text, whatever it is. */
  say(message: string | ArrayBuffer): void {
    this.#socket.send(message)
  }

  async report(reports: Report[], more: { then?: Then[]; accept?: Accept; session?: string; requestId?: string } = {}) {
    const answer = new Promise<CompletionsAnswer>((resolve) => this.#waiting.push(resolve))
    this.say(JSON.stringify({ requestId: crypto.randomUUID(), reports, ...more }))
    return answer
  }
}
