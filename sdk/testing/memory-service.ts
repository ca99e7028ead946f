/**
 * What a client asks of the service, answered by the executions of the environment: the same requests, the same shapes,
 * the same errors. What is asked is decided at once; what is read is read when everything on its way has arrived.
 */
import type { z } from 'zod'
import { type Answer, accepted, refused } from '../../engine/answer.ts'
import { requestCancellation } from '../../engine/execution/cancelling.ts'
import { terminate } from '../../engine/execution/closing.ts'
import type { StartCommand, WorkReport } from '../../engine/execution/commands.ts'
import type { Draft } from '../../engine/execution/draft.ts'
import { pause, resume } from '../../engine/execution/pausing.ts'
import { settlePromise } from '../../engine/execution/promises.ts'
import { unknownExecution } from '../../engine/execution/refusals.ts'
import { signalWithStart } from '../../engine/execution/signal-with-start.ts'
import { takeSignal } from '../../engine/execution/signals.ts'
import { start } from '../../engine/execution/start.ts'
import type { RunState } from '../../engine/execution/state.ts'
import { descriptionText, eventsText, resultText } from '../../engine/execution/views.ts'
import { PayloadText } from '../../engine/intake/payload-text.ts'
import { startCommandOf } from '../../engine/intake/start-command.ts'
import { beatOf, outcomeOf } from '../../engine/intake/work-reports.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { errorTable } from '../../schemas/errors.ts'
import {
  eventsQuery,
  reasonRequest,
  rejectRequest,
  resolveRequest,
  runQuery,
  type StartRequest,
  signalRequest,
  signalWithStartRequest,
  startRequest,
} from '../../schemas/executions.ts'
import { limits } from '../../schemas/limits.ts'
import { filters, listQuery } from '../../schemas/listing.ts'
import { completeTask, failTask, heartbeatTask } from '../../schemas/reports.ts'
import { streamQuery } from '../../schemas/stream.ts'
import type { ServiceAnswer, ServiceRequest } from '../http/service.ts'
import { ServiceError } from '../http/service-error.ts'
import type { ExecutionObject } from './execution-object.ts'
import type { MemoryIndex } from './memory-index.ts'
import type { Surroundings } from './surroundings.ts'

export interface MemoryServiceHost {
  /** Lets time pass until the execution has closed. */
  closing(execution: ExecutionObject, signal: AbortSignal | undefined): Promise<void>
  readonly index: MemoryIndex
  /** For an execution that was started without an id, a signal that was sent without one. */
  newId(): string
}

type TaskEnding = Pick<z.infer<typeof completeTask>, 'token' | 'output'> & { failure?: z.infer<typeof failTask>['failure'] }

/** Who asks, in events. */
const by = 'test'

export class MemoryService {
  readonly #around: Surroundings
  readonly #host: MemoryServiceHost

  constructor(around: Surroundings, host: MemoryServiceHost) {
    this.#around = around
    this.#host = host
  }

  /** @throws ServiceError as over HTTP */
  async send({ method, path, body = {}, headers = {}, signal }: ServiceRequest): Promise<ServiceAnswer> {
    this.#around.clockwork.checkOpen()
    const url = new URL(path, 'http://memory')
    if (method === 'GET' && url.pathname.split('/')[2] === undefined)
      return this.#list(listQuery, url, (asked) => this.#host.index.page(asked))
    if (method === 'GET' && url.pathname === '/workflow-executions/count')
      return this.#list(filters, url, (asked) => this.#host.index.count(asked))
    const [, , name = '', part = '', detail = '', verb = ''] = url.pathname.split('/').map(decodeURIComponent)
    // What travels is a copy, as over a network.
    const said: unknown = JSON.parse(JSON.stringify(body))
    if (method === 'POST' && name === '') return this.#start(said)
    if (method === 'POST' && name === 'signal-with-start') return this.#signalWithStart(said)
    const execution = this.#around.execution(name)
    if (method === 'POST') return this.#change(execution, [part, detail, verb], said)
    const query = Object.fromEntries(url.searchParams)
    if (part === 'stream') return { status: 200, body: this.#follow(execution, query, headers['Last-Event-ID']) }
    if (part === 'result') await this.#host.closing(execution, signal)
    else await this.#around.clockwork.settle()
    return { status: 200, body: JSON.parse(taken(this.#read(execution, part, query))) }
  }

  async #list<Asked, Found>(shape: z.ZodType<Asked>, url: URL, find: (asked: Asked) => Answer<Found>): Promise<ServiceAnswer> {
    const query = [...new Set(url.searchParams.keys())].map((name) => {
      const [value, ...more] = url.searchParams.getAll(name)
      return [name, more.length === 0 ? value : [value, ...more]] as const
    })
    const asked = parsed(shape, Object.fromEntries(query))
    await this.#around.clockwork.settle()
    return { status: 200, body: taken(find(asked)) }
  }

  #start(said: unknown): ServiceAnswer {
    const request = parsed(startRequest, said)
    return this.#begin(request, (draft, command) => start(draft, command))
  }

  #signalWithStart(said: unknown): ServiceAnswer {
    const { signal, ...request } = parsed(signalWithStartRequest, said)
    const received = this.#signal(signal.name, signal)
    return this.#begin(request, (draft, command) => signalWithStart(draft, command, received))
  }

  #begin<Started extends { created: boolean }>(
    request: StartRequest,
    rule: (draft: Draft, command: StartCommand) => Answer<Started>,
  ): ServiceAnswer {
    const executionId = request.id ?? this.#host.newId()
    const command = startCommandOf(request, { org: by, executionId, limits: {} })
    if ('code' in command) throw refusalError(command)
    const pinned = taken(this.#around.flows.pinned(command))
    const { created, ...body } = taken(this.#around.execution(executionId).turn((draft) => rule(draft, pinned)))
    return { status: created ? 201 : 200, body }
  }

  #change(execution: ExecutionObject, [action = '', name = '', verb = '']: string[], said: unknown): ServiceAnswer {
    execution.mayBeEvicted()
    if (action === 'tasks') return this.#work(execution, name, verb, said)
    const rule = this.#rule([action, verb].join(' ').trim(), name, said)
    const answer = execution.turn((draft) => (draft.state.run === undefined ? unknownExecution(draft.state) : rule(draft)))
    return { status: 202, body: taken(answer) ?? {} }
  }

  /** The doors by which somebody else speaks for an attempt that was handed over. */
  #work(execution: ExecutionObject, id: string, verb: string, said: unknown): ServiceAnswer {
    const answer = execution.report(this.#reportOf(id, verb, said), undefined)
    if (!answer.ok) throw refusalError(answer)
    return { status: 200, body: {} }
  }

  #reportOf(id: string, verb: string, said: unknown): WorkReport {
    switch (verb) {
      case 'complete':
      case 'fail': {
        const { token, ...ending } = parsed<TaskEnding>(verb === 'complete' ? completeTask : failTask, said)
        return { type: 'task', run: 0, id, token, ...textOf((texts) => outcomeOf(ending, texts, '')) }
      }
      case 'heartbeat': {
        const { token, ...beat } = parsed(heartbeatTask, said)
        return { type: 'heartbeat', run: 0, id, token, ...textOf((texts) => beatOf(beat, texts, 'details')) }
      }
    }
    throw refusalError({ code: 'not_found', message: `the environment does not know ${verb}` })
  }

  #rule(action: string, name: string, said: unknown): (draft: Draft) => Answer<object | null> {
    switch (action) {
      case 'cancel': {
        const { reason } = parsed(reasonRequest, said)
        return (draft) => requestCancellation(draft, by, reason)
      }
      case 'terminate': {
        const { reason } = parsed(reasonRequest, said)
        return (draft) => {
          if (draft.run.closed !== undefined) return refused('already_closed', `the execution is ${draft.run.closed.status}`)
          terminate(draft, by, reason)
          return accepted(null)
        }
      }
      case 'pause': {
        const { reason } = parsed(reasonRequest, said)
        return (draft) => pause(draft, by, reason)
      }
      case 'resume': {
        const { reason } = parsed(reasonRequest, said)
        return (draft) => resume(draft, by, reason)
      }
      case 'signals': {
        const signal = this.#signal(name, parsed(signalRequest, said))
        return (draft) => takeSignal(draft, signal)
      }
      case 'promises resolve': {
        const payload = textOf((texts) => texts.field('payload', parsed(resolveRequest, said).value, 'value'))
        return (draft) => settlePromise(draft, name, { outcome: 'RESOLVED', ...payload })
      }
      case 'promises reject': {
        const payload = textOf((texts) => texts.of(parsed(rejectRequest, said).failure, 'failure'))
        return (draft) => settlePromise(draft, name, { outcome: 'REJECTED', payload })
      }
      default:
        throw refusalError({ code: 'not_found', message: `the environment does not know ${action}` })
    }
  }

  #follow(
    execution: ExecutionObject,
    query: Record<string, string>,
    lastEventId: string | undefined,
  ): ReadableStream<Uint8Array> {
    const { run, after } = parsed(streamQuery, lastEventId === undefined ? query : { ...query, after: lastEventId })
    return taken(execution.follow({ ...(run !== undefined && { run }), ...(after !== undefined && { after }) }))
  }

  #signal(name: string, { payload, signalId = this.#host.newId() }: z.infer<typeof signalRequest>) {
    return { name, signalId, ...textOf((texts) => texts.field('payload', payload, 'payload')) }
  }

  #read(execution: ExecutionObject, part: string, query: Record<string, string>): Answer<string> {
    const { rows, state } = execution
    switch (part) {
      case '': {
        const view = (run: RunState) => descriptionText({ ...state, run }, run, rows, this.#around.timeline.now)
        return execution.read(parsed(runQuery, query).run, view)
      }
      case 'result':
        return execution.read(undefined, (run) => resultText(run, rows))
      case 'events': {
        const { run, after = 0, limit = limits.pageEvents } = parsed(eventsQuery, query)
        return execution.read(run, (of) => eventsText(of, rows, { after, limit }))
      }
      default:
        return refused('not_found', `the environment does not know ${part}`)
    }
  }
}

function taken<Value>(answer: Answer<Value>): Value {
  if (answer.ok) return answer.value
  throw refusalError(answer.refusal)
}

function parsed<Shape>(shape: z.ZodType<Shape>, said: unknown): Shape {
  const { data, error } = shape.safeParse(said)
  if (error === undefined) return data
  const errors = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw refusalError({ code: 'invalid_request', message: 'the request is not valid', errors })
}

/** @throws ServiceError when a value is too large */
function textOf<Text>(write: (texts: PayloadText) => Text): Text {
  const texts = new PayloadText(limits.payloadBytes)
  const text = write(texts)
  if (texts.refusal !== null) throw refusalError(texts.refusal)
  return text
}

function refusalError({ code, message, errors }: Refusal): ServiceError {
  const why = errors === undefined ? '' : `: ${errors.map((each) => `${each.path}: ${each.message}`).join('; ')}`
  return new ServiceError(`${message}${why}`, { code, status: errorTable[code].status, ...(errors && { errors }) })
}
