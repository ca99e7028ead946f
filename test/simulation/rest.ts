/** When nothing is left to do, and whether what is left is as it should be. */
import { eventText, type LogEvent } from '../../engine/execution/log-event.ts'
import type { HistoryEvent } from '../../schemas/events.ts'
import type { Json } from '../../schemas/values.ts'
import { replayHistory } from '../../sdk/replay/replay-check.ts'
import { decode } from '../../sdk/values/decode.ts'
import type { Begun } from './clients.ts'
import type { Crew } from './crew.ts'
import { rowOf } from './execution-disk.ts'
import { isClosing } from './laws.ts'
import type { Ledger } from './ledger.ts'
import type { Weather } from './storm.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { Outcome } from './workload.ts'
import type { World } from './world.ts'

interface Context {
  world: World
  crew: Crew
  begun: readonly Begun[]
  ledger: Ledger
  weather: Weather
}

export function isAtRest(world: World, crew: Crew, begun: readonly Begun[]): boolean {
  return openComplaint(world, crew, begun) === undefined
}

/** What is still open anywhere. */
function openComplaint(world: World, crew: Crew, begun: readonly Begun[]): string | undefined {
  for (const { executionId } of begun)
    if (world.execution(executionId).disk.head === undefined) return `${executionId} has not begun`
  // Children too.
  for (const [executionId, { disk }] of world.executions) {
    if (disk.head === undefined) continue
    const last = disk.log(disk.head.run).at(-1)
    if (last === undefined || !isClosing(last)) return `${executionId} is open: its log ends with ${last?.type ?? 'nothing'}`
    if (disk.holds.size > 0) return `${executionId} holds ${[...disk.holds.keys()]}`
    if (disk.outbox.size > 0) return `${executionId} has ${disk.outbox.size} messages to send`
  }
  for (const { disk, life, name } of world.queues) {
    if (disk.keeps.size > 0) return `${name} keeps ${[...disk.keeps.keys()]}`
    if (disk.offers.size > 0) return `${name} has offers ${[...disk.offers.keys()]}`
    if (life === undefined) continue
    const { claims, losses, confirmations, sessions, holdings } = life.state
    if (claims.size > 0) return `${name} has ${claims.size} claims`
    if (losses.messages().length > 0) return `${name} has ${losses.messages().length} losses to tell`
    if (confirmations.messages().length > 0) return `${name} has ${confirmations.messages().length} confirmations to get`
    for (const session of sessions.values()) {
      if (session.presence.type === 'away') return `${name} waits for ${session.session}`
      if (holdings.keepsFor(session.session)) return `${name}: ${session.session} keeps work`
    }
  }
  const unlisted = world.listing?.laws.complaint()
  if (unlisted !== undefined) return unlisted
  for (const { process, worker } of crew.members) {
    const { tasks, activations } = worker.metrics
    if (tasks + activations !== 0) return `${process.name} has ${tasks} tasks and ${activations} activations`
  }
  return creditComplaint(world, crew)
}

type Slots = Record<'workflow' | 'task', number>

/**
 * What a worker has granted over a socket that works is what the queue has, and nothing of it is forgotten; and no partition
 * is without credit of a worker that has slots for all.
 */
function lostCredit(world: World, process: VirtualProcess, slots: Slots): string | undefined {
  for (const { wires, name } of world.queues) {
    for (const wire of wires.values()) {
      if (wire.process !== process || !wire.isSound) continue
      const { workflow, task } = wire.attachment.worker?.credits ?? { workflow: 0, task: 0 }
      const { granted } = wire
      if (granted.workflow !== workflow || granted.task !== task)
        return `${process.name} has granted ${JSON.stringify(granted)} over ${wire.session}, ${name} knows of ${workflow} and ${task}`
      if (slots.workflow >= world.partitions && workflow === 0) return `${process.name} gives ${name} no workflow credit`
      if (slots.task >= world.partitions && task === 0) return `${process.name} gives ${name} no task credit`
    }
  }
  return undefined
}

/** No worker has given more credit than it has slots, over the sockets that it has. */
function creditComplaint(world: World, crew: Crew): string | undefined {
  for (const { process, options } of crew.members) {
    const slots = {
      workflow: options.workflows === undefined ? 0 : (options.slots?.workflow ?? 0),
      task: options.tasks === undefined ? 0 : (options.slots?.task ?? 0),
    }
    const sessions = world.queues.flatMap(({ life, wires }) =>
      [...wires.values()]
        .filter((wire) => wire.process === process && wire.isOpen)
        .map((wire) => life?.state.sessions.get(wire.session)),
    )
    for (const slot of ['workflow', 'task'] as const) {
      const free = sessions.reduce((sum, session) => sum + (session?.credits[slot] ?? 0), 0)
      if (free > slots[slot]) return `${process.name} has ${free} ${slot} credits for ${slots[slot]} slots`
    }
    const lost = lostCredit(world, process, slots)
    if (lost !== undefined) return lost
  }
  return undefined
}

export async function finalComplaint(context: Context, isDone: boolean): Promise<string | undefined> {
  const { world, crew, begun, ledger, weather } = context
  if (!isDone) return openComplaint(world, crew, begun) ?? 'it did not come to rest in time'
  const unlisted = world.listing?.laws.rebuilt()
  if (unlisted !== undefined) return unlisted
  for (const each of begun) {
    for (const [run, log] of world.execution(each.executionId).disk.runs) {
      const complaint = (await outcomeComplaint(context, each, log)) ?? ledgerComplaint(ledger, log)
      if (complaint !== undefined) return `${each.executionId} ${run}: ${complaint}`
    }
  }
  return weather === 'storm' ? undefined : repeatsComplaint(world, ledger)
}

async function outcomeComplaint(
  { crew, weather }: Context,
  { start, isTerminated, isReplaced }: Begun,
  log: readonly LogEvent[],
): Promise<string | undefined> {
  const last = log.at(-1)
  if (last === undefined) return 'it has no log'
  if (last.type === 'WORKFLOW_TERMINATED')
    return (last.data.by === 'start' ? isReplaced : isTerminated) ? undefined : `it was terminated by ${last.data.by}`
  const value = last.payload === undefined ? undefined : (JSON.parse(last.payload) as Json)
  const outcome: Outcome = {
    status: last.type.slice('WORKFLOW_'.length),
    output: last.type === 'WORKFLOW_COMPLETED' ? decode(value, 'output') : undefined,
    failure: last.type === 'WORKFLOW_FAILED' ? (JSON.parse(last.payload ?? 'null') as Outcome['failure']) : undefined,
    isCalm: weather === 'calm',
    log,
    count: (type) => log.filter((event) => event.type === type).length,
  }
  const wrong = start.check(outcome)
  if (wrong !== undefined) return wrong
  const definition = crew.members.flatMap(({ options }) => options.workflows ?? []).find(({ name }) => name === start.kind)
  if (definition === undefined) return undefined
  const history = log.map((event) => JSON.parse(eventText(rowOf(event))) as HistoryEvent)
  return replayHistory(definition, history).then(
    () => undefined,
    (error: unknown) => `its log does not replay: ${String(error)}`,
  )
}

/** Each task's body ran before it counted. */
function ledgerComplaint(ledger: Ledger, log: readonly LogEvent[]): string | undefined {
  const [first] = log
  if (first?.type !== 'WORKFLOW_STARTED') return 'its log does not begin with WORKFLOW_STARTED'
  for (const event of log) {
    if (event.type !== 'TASK_COMPLETED') continue
    const { taskId, attempt } = event.data
    if (!ledger.begun.has(`${first.data.executionId}/${event.run}/${taskId} ${attempt}`))
      return `${taskId} is completed and never ran`
  }
  return undefined
}

/** Without a storm each attempt ran once, and none was lost. */
function repeatsComplaint(world: World, ledger: Ledger): string | undefined {
  for (const [attempt, times] of ledger.begun) if (times > 1) return `${attempt} ran ${times} times without a storm`
  for (const { name, disk } of world.executions.values()) {
    const lost = disk.attempts.find(({ work, failure }) => work !== 'activation' && failure.includes('WORKER_LOST'))
    if (lost !== undefined) return `${name}: attempt ${lost.attempt} of ${lost.work} was lost without a storm`
  }
  return undefined
}

/** What everybody is left with, for the trace of a simulation that failed. */
export function remains({ world, crew }: Pick<Context, 'world' | 'crew'>): string[] {
  const lines: string[] = []
  for (const { name, life, alarmAt } of world.executions.values()) {
    const { run } = life?.state ?? {}
    if (run === undefined || run.closed !== undefined) continue
    const leases = [...[...run.tasks.values()].map(({ id, lease }) => ({ id, ...lease })), run.activation, run.operations]
    const groups = [...run.groups.values()].map(({ key, waiting, told, dirty, sending }) => ({
      key,
      waiting: [...waiting],
      told,
      dirty,
      sending,
    }))
    lines.push(
      `${name} alarm in ${alarmAt && alarmAt - world.agenda.now} leases ${JSON.stringify(leases)} groups ${JSON.stringify(groups)}`,
    )
  }
  for (const { name, life, alarmAt } of world.queues) {
    const sessions = [...(life?.state.sessions.values() ?? [])].map(({ session, workerId, presence, credits, reserved }) => ({
      session,
      workerId,
      presence,
      credits,
      reserved,
    }))
    const held = sessions.flatMap(({ session }) => life?.state.holdings.of(session) ?? [])
    const offers = [...(life?.state.backlog.offers() ?? [])]
    lines.push(
      `${name} alarm in ${alarmAt && alarmAt - world.agenda.now} sessions ${JSON.stringify(sessions)} held ${JSON.stringify(held)} offers ${JSON.stringify(offers)}`,
    )
  }
  for (const { process, worker } of crew.members) lines.push(`${process.name} ${JSON.stringify(worker.metrics)}`)
  return lines
}
