/** P7: from a signal over the workflow that waits for it to its answer. The floor is a commit, a push, a commit. */
import { answering, go } from '../code.ts'
import { Line } from '../line.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

export function signal({ quick }: Scale): Workload {
  const line = new Line({ id: 'P7', name: 'signal → workflow → answer', unit: 'ms', target: { ratioAtMost: 2 } })
  return {
    id: 'P7',
    lines: [line],
    async round({ site: { client }, floor }: Stage) {
      const name = await floor.start()
      for (let repeat = 0; repeat < (quick ? 5 : 20); repeat += 1) {
        const handle = await client.start(answering)
        while ((await handle.describe()).status !== 'WAITING') await new Promise((resolve) => setTimeout(resolve, 5))
        const result = handle.result()
        await line.ours.time(async () => {
          await handle.signal(go, repeat)
          if ((await result) !== repeat) throw new Error('a wrong answer')
        })
        await line.floor.time(async () => {
          await floor.appendAndPush(name)
          await floor.append(name, 3)
        })
      }
    },
  }
}
