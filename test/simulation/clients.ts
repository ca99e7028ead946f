/** Clients: they start executions, and read their logs. */
import type { StartCommand } from '../../engine/execution/commands.ts'
import { oneOrder } from './laws.ts'
import type { HandedOver } from './ledger.ts'
import { call } from './network.ts'
import type { Act, Start } from './workload.ts'
import type { World } from './world.ts'

export interface Begun {
  executionId: string
  /** Of each of its runs. */
  start: Start
  /** Somebody has terminated it. */
  isTerminated: boolean
  /** Somebody has started it anew while it might be open. */
  isReplaced: boolean
}

export async function startUntilAnswered(
  world: World,
  begun: Begun,
  over: Partial<Pick<StartCommand, 'idReuse' | 'onConflict'>> = {},
): Promise<void> {
  const { executionId, start } = begun
  const { kind, input, timeoutMs, openTasks = 10_000, flow, signal } = start
  if (over.onConflict === 'TERMINATE_EXISTING') begun.isReplaced = true
  const command: StartCommand = {
    org: 'default',
    executionId,
    kind,
    queue: 'default',
    idReuse: 'USE_EXISTING',
    onConflict: 'USE_EXISTING',
    ...over,
    limits: { openTasks, eventsPerRun: 50_000 },
    input: JSON.stringify(input),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(flow !== undefined && { flow }),
  }
  try {
    await call(world, 'service-to-object', undefined, world.execution(executionId), (life) => life.start(command, signal))
  } catch {
    world.agenda.after(500, () => void startUntilAnswered(world, begun, over))
  }
}

/** Says the first of the acts, and the others after it; again until it is answered. */
export function perform(world: World, executionId: string, [act, ...others]: readonly Act[]): void {
  if (act === undefined) return
  const say = async (): Promise<void> => {
    const home = world.execution(executionId)
    const answer = await call(world, 'service-to-object', undefined, home, (life) => life.say(act)).catch(() => undefined)
    const isOver = answer?.ok === false && answer.refusal.code === 'already_closed'
    if (answer?.ok) perform(world, executionId, others)
    else if (!isOver) world.agenda.after(300, () => void say())
  }
  world.agenda.after(act.afterMs ?? 0, () => void say())
}

/** A stranger answers an attempt that was handed over, twice, each time until that is heard. */
export function answerForIt(world: World, { executionId, taskId, token, output, afterMs }: HandedOver): void {
  const report = { type: 'task' as const, run: 0, id: taskId, token, output: JSON.stringify(output) }
  const say = async (times: number): Promise<void> => {
    const home = world.execution(executionId)
    const request = { reports: [report] }
    const answer = await call(world, 'service-to-object', undefined, home, (life) => life.report(request)).catch(() => undefined)
    const left = answer?.ok ? times - 1 : times
    if (left > 0) world.agenda.after(300, () => void say(left))
  }
  world.agenda.after(afterMs, () => void say(2))
}

/** L7: reads the log of a run in pages. */
export function readLog(world: World, executionId: string, run: number, at: number): void {
  const read: { sequence: number; type: string }[] = []
  const next = async (): Promise<void> => {
    const home = world.execution(executionId)
    const after = read.length
    try {
      const text = await call(world, 'service-to-object', undefined, home, (life) => life.page(run, after, 3))
      const page = JSON.parse(text) as { events: { sequence: number; type: string }[]; nextAfter?: number }
      read.push(...page.events)
      world.laws.judge('L7', executionId, oneOrder(read, home.disk.log(run)))
      if (page.nextAfter !== undefined) await next()
    } catch {
      // This reader gives up; others come.
    }
  }
  world.agenda.after(at, () => void next())
}

export async function terminate(world: World, each: Begun): Promise<void> {
  each.isTerminated = true
  const home = world.execution(each.executionId)
  await call(world, 'service-to-object', undefined, home, (life) => life.terminate()).catch(() => undefined)
}
