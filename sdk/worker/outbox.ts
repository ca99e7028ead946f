/**
 * What this worker has to say, on its way to the service.
 *
 * 1. One request of an execution is in flight at a time; what is posted meanwhile goes with the next.
 * 2. Executions that are ready in the same tick share a request.
 * 3. A request is sent again, under the same id, until it is answered: the service may be away for a while.
 * 4. What is for an execution that has a socket of its own goes over that.
 */
import type { Accept, Completions, Reply, Report } from '../../schemas/reports.ts'
import { jittered, mayBeRetried, pause, retrying } from '../http/retry.ts'
import type { Service } from '../http/service.ts'
import { ServiceError } from '../http/service-error.ts'
import { macrotask } from '../replay/macrotask.ts'
import {
  type Answered,
  completionsOf,
  endsRun,
  type Foreseen,
  isAnswered,
  type Posted,
  refuseShares,
  type Settled,
  type Share,
  settleShares,
} from './batch.ts'
import type { Connection } from './connection.ts'
import { ReportSockets } from './report-sockets.ts'

export interface OutboxHost {
  readonly service: Service
  /** What follows from these reports, when it is known already. */
  foresee(executionId: string, reports: readonly Report[]): Promise<Foreseen | undefined>
  /** Credits for work that the replies may carry. */
  offer(shares: readonly Share[]): Accept | undefined
  /** The credits come back; `replies` may have used them. */
  answered(offered: Accept | undefined, replies: readonly Answer[]): void
  /** The key is refused. */
  refused(error: ServiceError): void
}

interface Answer {
  reply: Reply
  via: Connection
}

interface Lane {
  pending: (Posted & { via: Connection })[]
  isBusy: boolean
}

/** A request ends with the report that brings it over this many characters. */
const requestCharacters = 8_000_000
const requestReports = 1_000
const patience = { firstMs: 50, longestMs: 5_000 }

export class Outbox {
  readonly #host: OutboxHost
  readonly #lanes = new Map<string, Lane>()
  readonly #sockets: ReportSockets
  readonly #stopped = new AbortController()
  readonly #idle = new Set<() => void>()
  #isFlushing = false
  requests = 0
  messages = 0

  constructor(host: OutboxHost) {
    this.#host = host
    this.#sockets = new ReportSockets(host.service)
  }

  get isEmpty(): boolean {
    return this.#lanes.size === 0
  }

  post(report: Report, via: Connection, settled: (outcome: Settled) => void): void {
    const lane = this.#lanes.get(report.executionId) ?? { pending: [], isBusy: false }
    this.#lanes.set(report.executionId, lane)
    const isSame = ({ report: other }: Posted) =>
      other.type === 'heartbeat' && other.id === report.id && other.token === report.token
    const same = report.type === 'heartbeat' && !report.handedOver ? lane.pending.find(isSame) : undefined
    if (same !== undefined) same.report = report
    else lane.pending.push({ report, settled, via })
    void this.#flush()
  }

  /** Resolves when nothing waits and nothing is in flight. */
  async drained(): Promise<void> {
    while (!this.isEmpty && !this.#stopped.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#idle.add(resolve)
      })
    }
  }

  stop(): void {
    this.#stopped.abort()
    this.#sockets.stop()
    this.#tellIdle()
  }

  async #flush(): Promise<void> {
    if (this.#isFlushing) return
    this.#isFlushing = true
    await macrotask()
    this.#isFlushing = false
    if (this.#stopped.signal.aborted) return
    const ready = [...this.#lanes].filter(([, lane]) => !lane.isBusy && lane.pending.length > 0)
    const shares = await Promise.all(ready.map(([executionId, lane]) => this.#share(executionId, lane)))
    for (const group of grouped(shares, (share) => this.#sockets.isReady(share.executionId))) void this.#send(group)
  }

  async #share(executionId: string, lane: Lane): Promise<Share> {
    lane.isBusy = true
    const posted = takePart(lane)
    const via = posted.at(-1)?.via ?? posted[0].via
    const reports = posted.map(({ report }) => report)
    return { executionId, via, posted, foreseen: await this.#host.foresee(executionId, reports) }
  }

  async #send(shares: Share[]): Promise<void> {
    const isOnlySigns = shares.every(({ posted }) => posted.every(({ report }) => isSign(report)))
    const offered = isOnlySigns ? undefined : this.#host.offer(shares)
    const requestId = crypto.randomUUID()
    let open = shares
    for (let failures = 0; open.length > 0; failures += 1) {
      const { unheard, replies } = await this.#sendOnce(
        open,
        completionsOf(open, requestId, failures === 0 ? offered : undefined),
      )
      if (this.#stopped.signal.aborted) return
      // Until all are heard, a late reply may bring what the first request offered slots for.
      this.#host.answered(unheard.length === 0 ? offered : undefined, replies)
      if (unheard.length > 0) await pause(jittered(patience, failures), this.#stopped.signal).catch(() => undefined)
      open = unheard
    }
  }

  /** Those whose execution could not be asked are left: one that is broken keeps no other waiting. */
  async #sendOnce(shares: Share[], completions: Completions): Promise<{ unheard: Share[]; replies: Answer[] }> {
    const body = JSON.stringify(completions)
    const replies: Answer[] = []
    let unheard: Share[] = []
    try {
      const answer = await retrying(() => this.#ask(shares, body), { ...patience, signal: this.#stopped.signal }, isPassing)
      unheard = settleShares(shares, answer)
      for (const { executionId, via } of shares) {
        const reply = answer.executions[executionId]
        if (reply !== undefined) replies.push({ reply, via })
      }
    } catch (error) {
      if (this.#stopped.signal.aborted) return { unheard, replies }
      this.#refused(shares, error)
    }
    for (const share of shares) if (!unheard.includes(share)) this.#free(share.executionId)
    return { unheard, replies }
  }

  /** Over the execution's own socket, if there is one; else, and when that breaks, as a request. */
  async #ask(shares: readonly Share[], body: string): Promise<Answered> {
    const [only, another] = shares
    if (only !== undefined && another === undefined) {
      const text = await this.#sockets.ask(only.executionId, body)
      const answer: unknown = text === undefined ? undefined : JSON.parse(text)
      if (isAnswered(answer)) {
        this.messages += 1
        return answer
      }
    }
    const lasting = shares.filter((share) => !endsRun(share)).map(({ executionId }) => executionId)
    for (const executionId of lasting) this.#sockets.requested(executionId)
    this.requests += 1
    const answer = await this.#request(body)
    for (const executionId of lasting) this.#sockets.answered(executionId)
    return answer
  }

  async #request(body: string): Promise<Answered> {
    const { body: answer } = await this.#host.service.send({
      method: 'POST',
      path: '/worker/completions',
      body,
      signal: this.#stopped.signal,
    })
    if (!isAnswered(answer)) throw new ServiceError('the answer is not one to completions', { code: 'internal', status: 200 })
    return answer
  }

  /** The whole request is refused: each report is sent alone, so that only what is wrong is lost. */
  #refused(shares: Share[], error: unknown): void {
    const code = ServiceError.is(error) ? error.code : 'internal'
    if (ServiceError.is(error) && (code === 'unauthenticated' || code === 'forbidden')) {
      this.#host.refused(error)
      return
    }
    const [first, ...others] = shares
    if (others.length > 0) {
      for (const share of shares) {
        this.#hold(share.executionId)
        void this.#send([share])
      }
    } else if (first !== undefined && first.posted.length > 1) {
      first.foreseen?.settled(undefined, [])
      for (const posted of first.posted) {
        this.#hold(first.executionId)
        void this.#send([{ ...first, posted: [posted], foreseen: undefined }])
      }
    } else refuseShares(shares, code, error instanceof Error ? error.message : String(error))
  }

  readonly #holds = new Map<string, number>()

  /** The lane stays busy until what it was divided into is answered. */
  #hold(executionId: string): void {
    this.#holds.set(executionId, (this.#holds.get(executionId) ?? 0) + 1)
  }

  #free(executionId: string): void {
    const holds = this.#holds.get(executionId) ?? 0
    if (holds > 0) {
      this.#holds.set(executionId, holds - 1)
      return
    }
    this.#holds.delete(executionId)
    const lane = this.#lanes.get(executionId)
    if (lane === undefined) return
    lane.isBusy = false
    if (lane.pending.length > 0) void this.#flush()
    else this.#lanes.delete(executionId)
    if (this.isEmpty) this.#tellIdle()
  }

  #tellIdle(): void {
    for (const tell of this.#idle) tell()
    this.#idle.clear()
  }
}

const isSign = ({ type }: Report): boolean => type === 'heartbeat' || type === 'frames'

/** Also what the service did wrong itself: work that is not reported would hang. */
const isPassing = (error: unknown): boolean => mayBeRetried(error) || (ServiceError.is(error) && error.status >= 500)

type Waiting = Posted & { via: Connection }

function takePart(lane: Lane): [Waiting, ...Waiting[]] {
  let characters = 0
  let count = 0
  for (const { report } of lane.pending) {
    characters += JSON.stringify(report).length
    count += 1
    if (characters > requestCharacters || count === requestReports) break
  }
  const [first, ...rest] = lane.pending.splice(0, count)
  if (first === undefined) throw new RangeError('a lane without reports was taken')
  return [first, ...rest]
}

/** Those of one session share a request, up to its size; but for those that go alone. */
function grouped(shares: readonly Share[], isAlone: (share: Share) => boolean): Share[][] {
  const alone = shares.filter(isAlone)
  const bySession = new Map<Connection, Share[][]>()
  for (const share of shares) {
    if (alone.includes(share)) continue
    const groups = bySession.get(share.via) ?? [[]]
    bySession.set(share.via, groups)
    const last = groups.at(-1) ?? []
    const reports = last.reduce((sum, { posted }) => sum + posted.length, share.posted.length)
    if (last.length > 0 && reports > requestReports) groups.push([share])
    else last.push(share)
  }
  const together = [...bySession.values()].flat().filter((group) => group.length > 0)
  return [...together, ...alone.map((share) => [share])]
}
