/**
 * Who really has which work, whatever queues and executions believe: read off at the doors of the workers' processes. A
 * process has what arrived at it until the answer to what it says of it arrives, or it ends.
 */
import { attemptOf } from '../../engine/queue/confirmation.ts'
import type { VirtualProcess } from './virtual-process.ts'

interface Work {
  executionId: string
  run: number
  token: string
  taskId?: string
  activationId?: string
}

interface Said {
  executionId: string
  id: string
  token: string
  type: string
}

interface Reply {
  activation?: Work
  tasks?: Work[]
}

type Result = { ok: true } | { ok: false; code: string }

export class Possession {
  /** By process: subjects by what names them in reports. */
  readonly #has = new Map<VirtualProcess, Map<string, string>>()

  /** Somebody has this attempt; of an activation, under whatever id. */
  isHad(executionId: string, run: number, work: string, attempt: number): boolean {
    const subject = subjectOf(executionId, run, work, attempt)
    for (const theirs of this.#has.values()) for (const each of theirs.values()) if (each === subject) return true
    return false
  }

  /** A message over a socket. */
  pushed(process: VirtualProcess, text: string): void {
    if (text.startsWith('{"type":"task"') || text.startsWith('{"type":"activation"')) this.#takes(process, JSON.parse(text))
  }

  /** The answer to a request. */
  answered(process: VirtualProcess, path: string, body: string, status: number, text: string): void {
    if (path.endsWith('/poll') && status === 200) {
      const { activations, tasks } = JSON.parse(text) as { activations: Work[]; tasks: Work[] }
      for (const work of [...activations, ...tasks]) this.#takes(process, work)
    } else if (path.endsWith('/worker/completions') && status === 200) {
      const { results, executions } = JSON.parse(text) as { results: Result[]; executions: Record<string, Reply> }
      const { reports } = JSON.parse(body) as { reports: Said[] }
      for (const [index, said] of reports.entries()) {
        const result = results[index]
        const isOutcome = said.type === 'task' || said.type === 'activation'
        if (isOutcome && result !== undefined && (result.ok || result.code !== 'internal')) this.#settles(process, said)
      }
      for (const { activation, tasks = [] } of Object.values(executions)) {
        for (const work of activation === undefined ? tasks : [activation, ...tasks]) this.#takes(process, work)
      }
    } else if (path.endsWith('/fail') && status < 500) {
      const [executionId = '', , id = ''] = path.split('/').slice(-4)
      const { token } = JSON.parse(body) as { token: string }
      this.#settles(process, { executionId, id, token, type: 'activation' })
    }
  }

  /** The process is no more. */
  ended(process: VirtualProcess): void {
    this.#has.delete(process)
  }

  #takes(process: VirtualProcess, { executionId, run, token, taskId, activationId = '' }: Work): void {
    const id = taskId ?? activationId
    const theirs = this.#has.get(process) ?? new Map<string, string>()
    this.#has.set(process, theirs.set(`${executionId} ${id} ${token}`, subjectOf(executionId, run, id, attemptOf(token))))
  }

  #settles(process: VirtualProcess, { executionId, id, token }: Said): void {
    this.#has.get(process)?.delete(`${executionId} ${id} ${token}`)
  }
}

/** All activations of a run share one count of attempts. */
const subjectOf = (executionId: string, run: number, work: string, attempt: number): string =>
  `${executionId} ${run} ${work.startsWith('task-') ? work : 'activation'} ${attempt}`
