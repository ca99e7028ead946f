/** The figures as a table for people, and as JSON for comparing runs. */
import Table from 'cli-table3'
import type { Line, Unit } from './line.ts'
import type { Sample } from './sample.ts'

interface Figures {
  count: number
  median: number
  p99: number
  middleHalf: [number, number]
}

export interface Row {
  id: string
  name: string
  unit: Unit
  figure: number
  ours: Figures
  floor?: Figures
  /** What the figure is compared with. */
  floorFigure?: number
  ratio?: number
  peers: Record<string, Figures>
  restate?: number
  restateShare?: number
  target: Line['target']
  isReached?: boolean
}

export interface Report {
  at: string
  node: string
  rounds: number
  isQuick: boolean
  rows: Row[]
  counted?: Record<string, number>
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000

const figuresOf = (sample: Sample): Figures => ({
  count: sample.count,
  median: rounded(sample.median),
  p99: rounded(sample.p99),
  middleHalf: [rounded(sample.spread[0]), rounded(sample.spread[1])],
})

const rowOf = (line: Line): Row => ({
  id: line.id,
  name: line.name,
  unit: line.unit,
  figure: rounded(line.figure),
  ours: figuresOf(line.ours),
  ...(line.floor.count > 0 && { floor: figuresOf(line.floor), floorFigure: rounded(line.figureOf(line.floor)) }),
  ...(line.ratio !== undefined && { ratio: rounded(line.ratio) }),
  peers: Object.fromEntries([...line.peers].map(([name, sample]) => [name, figuresOf(sample)])),
  ...(line.restate !== undefined && { restate: rounded(line.restate) }),
  ...(line.restateShare !== undefined && { restateShare: rounded(line.restateShare) }),
  target: line.target,
  ...(line.isReached !== undefined && { isReached: line.isReached }),
})

export const reportOf = (
  lines: readonly Line[],
  counted: ReadonlyMap<string, number> | undefined,
  { rounds, quick }: { rounds: number; quick: boolean },
): Report => ({
  at: new Date().toISOString(),
  node: process.version,
  rounds,
  isQuick: quick,
  rows: lines.map(rowOf),
  ...(counted !== undefined && { counted: Object.fromEntries(counted) }),
})

export function tableOf(lines: readonly Line[]): string {
  const style = { head: [], border: [], compact: true }
  const peers = [...new Set(lines.flatMap((line) => [...line.peers.keys()]))]
  const head = ['', 'Workload', 'n', 'figure', 'middle half', 'p99', 'floor', 'ratio', ...peers, 'of Restate', 'reached']
  const table = new Table({ head, style })
  for (const line of lines) {
    const { unit, ours } = line
    table.push([
      line.id,
      line.name,
      String(ours.count),
      shown(line.figure, unit),
      ours.count < 2 ? '–' : ours.spread.map((value) => shown(value)).join(' – '),
      ours.count < 2 ? '–' : shown(ours.p99),
      line.floor.count === 0 ? '–' : shown(line.figureOf(line.floor), unit),
      ratioCell(line),
      ...peers.map((name) => peerCell(line, name)),
      restateCell(line),
      line.isReached === undefined ? '–' : line.isReached ? 'yes' : 'no',
    ])
  }
  return `${table}\nof Restate: its figure of this run where it took part, else the one measured earlier`
}

const steps = { sequence: 'a task after another', fanOut: 'a task of a fan-out', signal: 'a signal' }
const spent = {
  requests: 'HTTP requests',
  commits: 'commits',
  rows: 'rows',
  calls: 'calls between objects',
  messages: 'socket messages',
}

/** The budget of a step. */
export function budgetOf(counted: ReadonlyMap<string, number>): string {
  const table = new Table({ head: ['One step', ...Object.values(spent)], style: { head: [], border: [], compact: true } })
  for (const [step, name] of Object.entries(steps)) {
    table.push([name, ...Object.keys(spent).map((what) => String(counted.get(`${step}_${what}`) ?? '–'))])
  }
  return table.toString()
}

const shown = (value: number, unit?: Unit): string =>
  `${value.toFixed(value < 100 && !Number.isInteger(value) ? 1 : 0)}${unit === undefined ? '' : ` ${unit}`}`

function ratioCell({ ratio, target: { ratioAtMost, ratioAtLeast } }: Line): string {
  if (ratio === undefined) return '–'
  const asked = ratioAtMost !== undefined ? ` (≤ ${ratioAtMost})` : ratioAtLeast !== undefined ? ` (≥ ${ratioAtLeast})` : ''
  return `${ratio.toFixed(2)}${asked}`
}

function peerCell(line: Line, name: string): string {
  const sample = line.peers.get(name)
  return sample === undefined ? '–' : shown(line.figureOf(sample), line.unit)
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

const restateCell = ({ restateShare, target: { restateAtMost } }: Line): string =>
  restateShare === undefined
    ? '–'
    : `${percent(restateShare)}${restateAtMost === undefined ? '' : ` (≤ ${percent(restateAtMost)})`}`
