/** P9 and P10: rows, commits and messages, counted at the objects' own storage by the test that CI runs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { repository } from '../../scripts/repository.ts'
import { Line, type Unit } from '../line.ts'
import type { Workload } from '../workload.ts'

const counted: { key: string; id: string; name: string; unit: Unit; atMost: number }[] = [
  { key: 'rowsOfOne', id: 'P9', name: 'rows of a 1-task workflow, schema included', unit: 'rows', atMost: 12 },
  { key: 'rowsFurther', id: 'P9', name: 'rows of a further task', unit: 'rows', atMost: 5 },
  { key: 'rowsOfIndex', id: 'P9', name: 'rows in the index, of a 1-task workflow', unit: 'rows', atMost: 10 },
  { key: 'commitsFurther', id: 'P10', name: 'commits of a further sequential task', unit: 'commits', atMost: 1 },
  { key: 'commitsApart', id: 'P10', name: 'the same, where it is not foreseen', unit: 'commits', atMost: 2 },
  { key: 'commitsOfThousand', id: 'P10', name: 'commits of 1,000 completions at once', unit: 'commits', atMost: 100 },
]

export function budget(): Workload {
  const figures = new Map<string, number>()
  const lines = counted.map(({ key, atMost, ...rest }) => ({ key, line: new Line({ ...rest, target: { atMost } }) }))
  return {
    id: 'P9',
    lines: lines.map(({ line }) => line),
    once: true,
    counted: figures,
    async round() {
      for (const [key, figure] of await count()) figures.set(key, figure)
      for (const { key, line } of lines) {
        const figure = figures.get(key)
        if (figure === undefined) throw new Error(`the budget has no ${key}`)
        line.ours.add(figure)
      }
    },
  }
}

/** What `budget.test.ts` says, line by line: `budget: <key> <figure>`. */
async function count(): Promise<Map<string, number>> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const args = [vitest, 'run', '--project', 'durable', 'test/durable/budget.test.ts']
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the budget is not kept:\n${output}`)
  return new Map([...output.matchAll(/budget: (\w+) ([\d.]+)/g)].map(([, key = '', figure]) => [key, Number(figure)]))
}
