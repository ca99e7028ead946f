/**
 * A fan-out with retries, with kill -9 after each of its steps, as soon as a reader has seen it: it comes to the same as
 * without. Events that one step causes are one commit, so there is nothing between them to be killed in.
 */
import type { HistoryEvent } from 'perdure/client'
import { describe, it } from 'vitest'
import { FlowStepper, steps } from './flow-stepper.ts'
import { Stage } from './stage.ts'

const entry = new URL('./flow-steps-worker.ts', import.meta.url).pathname
const patient = { timeout: 120_000 }

/** What must be equal in both logs: all but times, the id of the execution, and which attempt it was. */
const shape = ({ sequence, type, data }: HistoryEvent): object => {
  const { executionId: _, activationAt: __, attempt: ___, ...same } = { executionId: '', activationAt: 0, attempt: 0, ...data }
  return { sequence, type, ...same }
}

const logOf = async ({ handle }: FlowStepper): Promise<HistoryEvent[]> => (await handle.history()).events
const begun = ({ bodies }: FlowStepper): string[] => bodies.map(({ name, attempt }) => `${name} ${attempt}`)
const attempts = (log: HistoryEvent[]) => log.flatMap(({ data }) => ('attempt' in data ? [data.attempt] : []))

async function withStage(run: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await Stage.open({ entry })
  try {
    await Promise.all([stage.worker(), stage.worker()])
    await run(stage)
  } finally {
    await stage.close()
  }
}

describe.concurrent('N1 W2 S9 kill -9 after every step of a fan-out with retries', () => {
  it('of the service: W11 W15 the same log, and each body ran as often as without', patient, ({ expect }) =>
    withStage(async (stage) => {
      const calm = await FlowStepper.start(stage, 'calm')
      await calm.run(async () => undefined)
      const shaken = await FlowStepper.start(stage, 'shaken')
      let crashes = 0
      await shaken.run(async () => {
        await stage.crash()
        crashes += 1
      })
      expect(crashes).toBe(steps)
      const [log, other] = [await logOf(shaken), await logOf(calm)]
      expect(log.map(shape)).toEqual(other.map(shape))
      expect(attempts(log)).toEqual(attempts(other))
      expect(shaken.watched).toEqual(log.map(({ sequence, type }) => ({ sequence, type })))
      expect(begun(shaken).toSorted()).toEqual(begun(calm).toSorted())
      expect(await shaken.handle.result()).toEqual({ reported: [0, 1, 4, 9, 16, 25], succeeded: 6 })
    }),
  )

  it('of the worker that took it: the same log but for lost attempts, none of which counts', patient, ({ expect }) =>
    withStage(async (stage) => {
      const calm = await FlowStepper.start(stage, 'calm')
      await calm.run(async () => undefined)
      const shaken = await FlowStepper.start(stage, 'shaken')
      let kills = 0
      await shaken.run(async ({ pid }) => {
        await Promise.all([stage.killWorker(pid), stage.worker()])
        kills += 1
      })
      expect(kills).toBe(steps)
      const [log, other] = [await logOf(shaken), await logOf(calm)]
      expect(log.map(shape)).toEqual(other.map(shape))
      expect(shaken.watched).toEqual(log.map(({ sequence, type }) => ({ sequence, type })))
      expect(new Set(begun(shaken)).size).toBe(begun(shaken).length)
      expect(begun(shaken).length).toBeGreaterThan(begun(calm).length)
      expect(await shaken.handle.result()).toEqual({ reported: [0, 1, 4, 9, 16, 25], succeeded: 6 })
    }),
  )
})
