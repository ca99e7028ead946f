/** One simulation from its seed: a workload, a crew, a storm; then calm, until nothing is left to do. */
import './virtual-process.ts'
import type { StartCommand } from '../../engine/execution/commands.ts'
import { Chance } from './chance.ts'
import { Crew, crewOptions } from './crew.ts'
import type { Breach } from './law-book.ts'
import { oneOrder } from './laws.ts'
import { Ledger } from './ledger.ts'
import { call } from './network.ts'
import { finalComplaint, isAtRest, remains } from './rest.ts'
import { type Fault, isTimed, planFaults, type TimedFault, type Weather } from './storm.ts'
import type { Start } from './workload.ts'
import { workloads } from './workloads.ts'
import { World } from './world.ts'

export interface Settings {
  /** Only this workload. */
  workload?: string | undefined
  /** Faults to be left out, by id. */
  without?: ReadonlySet<number>
}

export interface Result {
  seed: number
  workload: string
  weather: Weather
  faults: Fault[]
  breach: Breach | undefined
  trace: string[]
  steps: number
}

export interface Begun {
  executionId: string
  start: Start
  isTerminated: boolean
}

const stormMs = 40_000
/** After the storm: the longest that anything is remembered for nothing is 15 minutes. */
const restMs = 40 * 60_000
const mostSteps = 150_000

export async function simulate(seed: number, settings: Settings = {}): Promise<Result> {
  const chance = new Chance(`simulation ${seed}`)
  const weather = chance.pick<Weather>(['calm', 'deploys', 'storm', 'storm', 'storm', 'storm', 'storm', 'storm'])
  const drawn = chance.pick(workloads)
  const workload = workloads.find(({ name }) => name === settings.workload) ?? drawn
  const planned = planFaults(chance.fork('faults'), weather, stormMs)
  const faults = planned.filter(({ id }) => settings.without?.has(id) !== true)
  const skewMs = weather === 'storm' ? chance.pick([0, 5, 300]) : 0
  const world = new World(chance, { partitions: chance.pick([1, 2]), skewMs, faults, stormMs })
  const ledger = new Ledger()
  const prepared = workload.prepare(chance.fork('workload'), ledger)
  const crew = new Crew(world)
  for (const options of crewOptions(chance.fork('crew'), prepared, world.partitions)) {
    world.agenda.after(chance.below(2_000), () => crew.start(options))
  }
  const begun: Begun[] = Array.from({ length: chance.between(1, 4) }, (_, n) => ({
    executionId: `execution-${n}`,
    start: prepared.next(),
    isTerminated: false,
  }))
  for (const each of begun) {
    world.agenda.after(chance.below(6_000), () => void startUntilAnswered(world, each))
    for (let at = chance.between(500, 4_000); at < stormMs; at += chance.between(500, 9_000)) reader(world, each.executionId, at)
  }
  for (const fault of faults)
    if (isTimed(fault)) world.agenda.after(fault.at, () => strike(world, crew, begun, fault, weather === 'deploys' ? 10_000 : 0))

  let steps = 0
  const end = world.agenda.now + stormMs + restMs
  let isDone = false
  while (!isDone && world.laws.breach === undefined && steps < mostSteps && (await world.step(end))) {
    steps += 1
    isDone = world.elapsed > 8_000 && steps % 20 === 0 && isAtRest(world, crew, begun)
  }
  const context = { world, crew, begun, ledger, weather }
  if (world.laws.breach === undefined) {
    const complaint = await finalComplaint(context, isDone)
    if (complaint !== undefined) for (const line of remains(context)) world.note(line)
    world.laws.judge('end', workload.name, complaint)
  }
  crew.stop()
  await world.settle()
  return { seed, workload: workload.name, weather, faults, breach: world.laws.breach, trace: world.trace, steps }
}

async function startUntilAnswered(world: World, { executionId, start }: Begun): Promise<void> {
  const { kind, input, timeoutMs } = start
  const command: StartCommand = {
    org: 'default',
    executionId,
    kind,
    queue: 'default',
    idReuse: 'USE_EXISTING',
    onConflict: 'USE_EXISTING',
    limits: { openTasks: 10_000, eventsPerRun: 50_000 },
    input: JSON.stringify(input),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
  try {
    await call(world, 'service-to-execution', undefined, world.execution(executionId), (life) => life.start(command))
  } catch {
    world.agenda.after(500, () => void startUntilAnswered(world, { executionId, start, isTerminated: false }))
  }
}

/** L7: reads the log in pages, as a client does. */
function reader(world: World, executionId: string, at: number): void {
  const read: { sequence: number; type: string }[] = []
  const next = async (): Promise<void> => {
    const home = world.execution(executionId)
    const after = read.length
    try {
      const text = await call(world, 'service-to-execution', undefined, home, (life) => life.page(1, after, 3))
      const page = JSON.parse(text) as { events: { sequence: number; type: string }[]; nextAfter?: number }
      read.push(...page.events)
      world.laws.judge('L7', executionId, oneOrder(read, home.disk.log(1)))
      if (page.nextAfter !== undefined) await next()
    } catch {
      // This reader gives up; others come.
    }
  }
  world.agenda.after(at, () => void next())
}

function strike(
  world: World,
  crew: Crew,
  begun: Begun[],
  { type, choice, ms }: Fault & { type: TimedFault },
  idleMs: number,
): void {
  const each = begun[choice % begun.length]
  const queue = world.queue(choice % world.partitions)
  const wires = world.queues.flatMap(({ wires: open }) => [...open.values()])
  const wire = wires[choice % Math.max(1, wires.length)]
  world.note(`${type} ${choice} ${ms}`)
  switch (type) {
    case 'evict-execution':
      return each && world.execution(each.executionId).evict(idleMs)
    case 'crash-execution':
      return each && world.execution(each.executionId).crash()
    case 'evict-queue':
      return queue.evict(idleMs)
    case 'crash-queue':
      return queue.crash()
    case 'close-socket':
      return wire?.cut()
    case 'half-open-socket':
      if (wire !== undefined) wire.isHalfOpen = true
      return
    case 'stall-socket':
      if (wire !== undefined) wire.stalledUntil = world.agenda.now + ms
      return
    case 'pause-worker':
      return crew.pause(choice, ms)
    case 'kill-worker':
      return crew.kill(choice, ms)
    case 'deploy':
      for (const home of world.executions.values()) home.crash()
      for (const home of world.queues) home.crash()
      return
    case 'terminate':
      if (each !== undefined && choice % 3 === 0) void terminate(world, each)
      return
    case 'start-again':
      if (each !== undefined) void startUntilAnswered(world, each)
  }
}

async function terminate(world: World, each: Begun): Promise<void> {
  each.isTerminated = true
  const home = world.execution(each.executionId)
  await call(world, 'service-to-execution', undefined, home, (life) => life.terminate()).catch(() => undefined)
}
