/**
 * A flow from its text to its end, by the real rules: checked, saved, started with an input that is checked, its tasks
 * done by a script, its children beside it, on a clock that moves to whatever is due next.
 */
import { type Answer, accepted, refused } from '../../../engine/answer.ts'
import type { Draft } from '../../../engine/execution/draft.ts'
import { carry } from '../../../engine/execution/hand-out.ts'
import type { LogEvent } from '../../../engine/execution/log-event.ts'
import { checkFlow } from '../../../engine/flow/check.ts'
import type { FlowDefinition, FlowPin } from '../../../engine/flow/definition.ts'
import { checkInput } from '../../../engine/flow/input-schema.ts'
import { versionToSave } from '../../../engine/flow/saving.ts'
import type { EventOf } from '../../../schemas/events.ts'
import type { Json } from '../../../schemas/values.ts'
import { Family, type Letter } from '../execution/family.ts'
import { holder, type Specimen } from '../execution/specimen.ts'

export interface Attempt {
  /** Of the flow. */
  task: string
  kind: string
  queue: string
  attempt: number
  index: number | undefined
  key: string | undefined
  input: Json | undefined
  /** Ms since the start. */
  at: number
}

/** What becomes of an attempt; `silence`: nothing is heard of it. */
export type End = { output: Json } | { failure: string } | 'silence'

export interface Staging {
  input?: Json
  /** Saved beside it. */
  others?: Json[]
  /** Without it every attempt gives back its input. */
  work?: (attempt: Attempt) => End
  /** Said to the run as soon as it has begun. */
  said?: (draft: Draft) => void
}

export interface Seen {
  /** Why it was not saved or not started. */
  refused?: string
  status?: string
  output?: Json | undefined
  failure?: { type: string; message: string } | undefined
  /** In the order in which they were handed out, those of children too. */
  attempts: Attempt[]
  /** As `task#visit outcome`. */
  outcomes: string[]
  closed: EventOf<'FLOW_TASK_CLOSED'>['data'][]
  /** The most tasks that were open at a time. */
  mostOpen: number
  /** Ms since the start. */
  endedAt?: number
}

/** Nothing that is tried here takes longer. */
const longestMs = 86_400_000

export function stageFlow(file: Json, staging: Staging = {}): Seen {
  const stage = new Stage(staging)
  for (const other of staging.others ?? []) stage.save(other)
  const saved = stage.save(file)
  return saved.ok ? stage.run(saved.value) : nothing(saved.refusal.message)
}

const nothing = (refused: string): Seen => ({ refused, attempts: [], outcomes: [], closed: [], mostOpen: 0 })

class Stage {
  readonly #staging: Staging
  readonly #family = new Family()
  readonly #began = this.#family.now
  readonly #saved = new Map<string, FlowPin>()
  readonly #attempts: Attempt[] = []

  constructor(staging: Staging) {
    this.#staging = staging
  }

  save(file: Json): Answer<FlowPin> {
    const checked = checkFlow(JSON.stringify(file))
    if (!checked.ok) {
      return refused('invalid_request', checked.problems.map(({ path, message }) => `${path}: ${message}`).join('; '))
    }
    const { definition, hash, version } = checked.flow
    const { name } = definition
    const wanted = version === undefined ? {} : { version }
    const given = versionToSave({ name, hash, ...wanted, latest: this.#saved.get(name), named: undefined })
    if (!given.ok) return given
    const pin = { name, hash, version: given.value.version, definition: JSON.stringify(definition) }
    this.#saved.set(name, pin)
    return accepted(pin)
  }

  run(flow: FlowPin): Seen {
    const { input: schema }: FlowDefinition = JSON.parse(flow.definition)
    const input = checkInput(schema, this.#staging.input)
    if (!input.ok) return nothing(input.refusal.message)
    const given = input.value === undefined ? {} : { input: JSON.stringify(input.value) }
    const specimen = this.#family.start('x', { kind: `flow:${flow.name}`, flow, ...given })
    const { said } = this.#staging
    if (said !== undefined) specimen.turn(said)
    while (specimen.run.closed === undefined && this.#family.now < this.#began + longestMs && this.#move());
    return this.#seen(specimen)
  }

  /** Whether anything is left to happen. */
  #move(): boolean {
    const { family, members } = { family: this.#family, members: [...this.#family.members.values()] }
    for (const member of members) family.send(member)
    for (const letter of [...family.letters]) this.#deliver(letter)
    const before = this.#attempts.length
    for (const member of members) if (member.state.run !== undefined) this.#work(member)
    if (family.letters.length > 0 || this.#attempts.length > before) return true
    const dueAt = family.nextDutyAt()
    if (dueAt === undefined) return false
    family.now = Math.max(family.now, dueAt)
    for (const member of members) {
      member.now = family.now
      for (const question of member.tick()) member.hear(question, { verdict: 'kept', holder: holder('s1') })
    }
    return true
  }

  #deliver(letter: Letter): void {
    if (letter.said.type === 'start-child') {
      const flow = this.#saved.get(letter.said.kind.slice('flow:'.length))
      if (flow !== undefined) letter.said.flow = flow
    }
    this.#family.deliver(letter)
    this.#family.conclude(letter)
  }

  /** A worker that can do everything takes what there is, as the rules would hand it out. */
  #work(member: Specimen): void {
    const groups = [...member.run.groups.values()]
    for (const queue of new Set(groups.map((group) => group.queue))) {
      const accept = { queue, workflow: 0, task: 1_000, workflowKinds: [], taskKinds: groups.map(({ kind }) => kind) }
      for (const parcel of member.turn((draft) => carry(draft, accept, { ...holder('s1'), queue }))) {
        const scheduled = member.log.find((event) => event.type === 'TASK_SCHEDULED' && event.data.taskId === parcel.id)
        if (scheduled?.type !== 'TASK_SCHEDULED') throw new Error(`${parcel.id} was never scheduled`)
        this.#attempt(member, scheduled, parcel.attempt)
      }
    }
  }

  #attempt(member: Specimen, { data, payload }: Extract<LogEvent, { type: 'TASK_SCHEDULED' }>, number: number): void {
    const { taskId: id, kind, queue, flow } = data
    const { task = '', index, key } = flow ?? {}
    const input = payload === undefined ? undefined : (JSON.parse(payload) as Json)
    const attempt = { task, kind, queue, attempt: number, index, key, input, at: this.#family.now - this.#began }
    this.#attempts.push(attempt)
    const end = this.#staging.work?.(attempt) ?? { output: input ?? null }
    if (end === 'silence') return
    if ('output' in end) member.complete({ id, attempt: number }, JSON.stringify(end.output))
    else member.fail({ id, attempt: number }, { type: end.failure })
  }

  #seen({ log, run }: Specimen): Seen {
    const last = log.at(-1)
    const value = last?.payload === undefined ? undefined : JSON.parse(last.payload)
    const closed = log.flatMap((event) => (event.type === 'FLOW_TASK_CLOSED' ? [event.data] : []))
    return {
      status: run.closed?.status ?? 'OPEN',
      ...(last?.type === 'WORKFLOW_COMPLETED' && { output: value }),
      ...(last?.type === 'WORKFLOW_FAILED' && { failure: value }),
      attempts: this.#attempts,
      outcomes: closed.map(({ task, visit, outcome }) => `${task}#${visit} ${outcome}`),
      closed,
      mostOpen: mostOpen(log),
      endedAt: (last?.at ?? this.#began) - this.#began,
    }
  }
}

const ends = new Set(['TASK_COMPLETED', 'TASK_FAILED', 'TASK_TIMED_OUT', 'TASK_CANCELLED'])

function mostOpen(log: readonly LogEvent[]): number {
  let [open, most] = [0, 0]
  for (const { type } of log) {
    if (type === 'TASK_SCHEDULED') open += 1
    if (ends.has(type)) open -= 1
    most = Math.max(most, open)
  }
  return most
}
