/** One simulation from its seed: a workload, a crew, a storm; then calm, until nothing is left to do. */
import './virtual-process.ts'
import { Chance } from './chance.ts'
import { answerForIt, type Begun, perform, readLog, startUntilAnswered } from './clients.ts'
import { Crew, crewOptions } from './crew.ts'
import { Follower } from './follower.ts'
import { keep } from './index/clients.ts'
import { Listing } from './index/listing.ts'
import type { Breach } from './law-book.ts'
import { Ledger } from './ledger.ts'
import { Recovery } from './recovery.ts'
import { finalComplaint, isAtRest, remains } from './rest.ts'
import { type Fault, isTimed, planFaults, planIndexFaults, type Weather } from './storm.ts'
import { strike } from './strikes.ts'
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

const stormMs = 40_000
/** After the storm: the longest that anything is remembered for nothing is 15 minutes. */
const restMs = 40 * 60_000
/** What was said last has arrived by then. */
const quietMs = 500
const mostSteps = 150_000

export async function simulate(seed: number, settings: Settings = {}): Promise<Result> {
  const chance = new Chance(`simulation ${seed}`)
  const weather = chance.pick<Weather>(['calm', 'deploys', 'deploys', 'storm', 'storm', 'storm', 'storm', 'storm', 'storm'])
  const drawn = chance.pick(workloads)
  const workload = workloads.find(({ name }) => name === settings.workload) ?? drawn
  const isOwn = weather === 'storm' && workload.isFocused === true
  const common = isOwn ? [] : planFaults(chance.fork('faults'), weather, stormMs)
  const more = workload.isListed ? planIndexFaults(chance.fork('index faults'), weather, stormMs, common.length) : []
  const own = weather === 'storm' ? (workload.faults?.(chance.fork('own faults')) ?? []) : []
  const planned = [...common, ...more, ...own.map((fault, n) => ({ ...fault, id: common.length + more.length + n }))]
  const faults = planned.filter(({ id }) => settings.without?.has(id) !== true)
  const skewMs = weather === 'storm' ? chance.pick([0, 5, 300, 1_000, 1_000]) : 0
  const world = new World(chance, { partitions: chance.pick([1, 2, 3]), evictsIdle: chance.isTrue(0.8), skewMs, faults, stormMs })
  const ledger = new Ledger()
  ledger.handedOver = (attempt) => answerForIt(world, attempt)
  const prepared = workload.prepare(chance.fork('workload'), ledger)
  for (const flow of prepared.flows ?? []) world.flows.set(`flow:${flow.name}`, flow)
  const listing = workload.isListed ? new Listing(world, chance.fork('listing'), stormMs) : undefined
  world.listing = listing
  world.pageEvents = workload.pageEvents ?? Number.POSITIVE_INFINITY
  const crew = new Crew(world)
  for (const options of crewOptions(chance.fork('crew'), prepared, world.partitions, weather !== 'deploys')) {
    world.agenda.after(chance.below(2_000), () => crew.start(options))
  }
  const begun: Begun[] = Array.from({ length: chance.between(1, 4) }, (_, n) => ({
    executionId: `execution-${n}`,
    start: prepared.next(),
    isTerminated: false,
    isReplaced: false,
  }))
  for (const each of begun) {
    world.agenda.after(chance.below(chance.pick([6_000, stormMs])), () => {
      void startUntilAnswered(world, each)
      perform(world, each.executionId, each.start.acts ?? [])
    })
    for (let at = chance.between(500, 4_000); at < stormMs; at += chance.between(500, 9_000))
      readLog(world, each.executionId, chance.pick([1, 1, 2]), at)
  }
  const followers = begun.map(
    ({ executionId }) => new Follower(world, executionId, chance.fork(`follower of ${executionId}`), stormMs + 5_000),
  )
  const keepers = listing === undefined ? [] : keep(world, listing, chance.fork('keepers'), prepared, stormMs)
  for (const fault of faults) {
    if (isTimed(fault)) world.agenda.after(fault.at, () => strike({ world, crew, begun, weather }, fault))
  }
  const recovery = new Recovery(world, crew)

  let steps = 0
  const end = world.agenda.now + stormMs + restMs
  let isDone = false
  let restedAt: number | undefined
  while (!isDone && world.laws.breach === undefined && steps < mostSteps) {
    recovery.look(world.agenda.nextAt ?? end)
    listing?.laws.look(world.agenda.nextAt ?? end)
    if (!(await world.step(end))) break
    steps += 1
    world.laws.judge('L9', 'slots', crew.slotComplaint())
    const isSettled = [...followers, ...keepers].every(({ isOver }) => isOver)
    if (steps % 20 !== 0 && restedAt === undefined) continue
    const isResting = world.elapsed > 8_000 && isSettled && isAtRest(world, crew, begun)
    restedAt = isResting ? (restedAt ?? world.elapsed) : undefined
    isDone = restedAt !== undefined && world.elapsed - restedAt > quietMs
  }
  const context = { world, crew, begun, ledger, weather }
  if (world.laws.breach === undefined) world.laws.judge('end', workload.name, await finalComplaint(context, isDone))
  const left = followers.find(({ isOver }) => !isOver)
  if (left !== undefined) world.laws.judge('L7', left.name, 'its stream never ended')
  if (world.laws.breach !== undefined) for (const line of remains(context)) world.note(line)
  crew.stop()
  await world.settle()
  return { seed, workload: workload.name, weather, faults, breach: world.laws.breach, trace: world.trace, steps }
}
