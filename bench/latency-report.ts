/** The figures of `bench:latency` as a table for people and as JSON for comparing runs. */
import Table from 'cli-table3'
import type { Floors } from './floors/floors.ts'
import type { Workload } from './latency-rows.ts'
import type { Sample } from './sample.ts'

interface Figures {
  count: number
  medianMs: number
  middleHalfMs: [number, number]
}

export interface LatencyReport {
  at: string
  node: string
  rounds: number
  floors: Record<'newObject' | 'append' | 'push', Figures>
  workloads: (Figures & {
    id: string
    name: string
    floorMs?: number
    ratio?: number
    ratioAtMost?: number
    restateMs: number
    restateShare: number
    restateShareAtMost: number
  })[]
}

export const reportOf = (rounds: number, floors: Floors, workloads: readonly Workload[]): LatencyReport => ({
  at: new Date().toISOString(),
  node: process.version,
  rounds,
  floors: { newObject: figuresOf(floors.newObject), append: figuresOf(floors.append), push: figuresOf(floors.push) },
  workloads: workloads.map(({ id, name, sample, floor, atMost, restateMs, restateShare }) => {
    const floorMs = floor?.(floors)
    return {
      id,
      name,
      ...figuresOf(sample),
      ...(floorMs !== undefined && { floorMs: rounded(floorMs), ratio: rounded(sample.median / floorMs) }),
      ...(atMost !== undefined && { ratioAtMost: atMost }),
      restateMs,
      restateShare: rounded(sample.median / restateMs),
      restateShareAtMost: rounded(restateShare),
    }
  }),
})

const rounded = (value: number): number => Math.round(value * 100) / 100
const figuresOf = ({ count, median, spread }: Sample): Figures => ({
  count,
  medianMs: rounded(median),
  middleHalfMs: [rounded(spread[0]), rounded(spread[1])],
})

export function tableOf({ floors, workloads }: LatencyReport): string {
  const style = { head: [], border: [], compact: true }
  const below = new Table({ head: ['Floor (bare objects)', 'n', 'median', 'middle half'], style })
  below.push(
    ['new object, first row', ...cells(floors.newObject)],
    ['append a row', ...cells(floors.append)],
    ['socket there and back', ...cells(floors.push)],
  )
  const ours = new Table({
    head: ['', 'Workload', 'n', 'median', 'middle half', 'floor', 'ratio (target)', 'Restate 1.7.12 *', 'share (target)'],
    style,
  })
  for (const row of workloads) {
    ours.push([
      row.id,
      row.name,
      ...cells(row),
      row.floorMs === undefined ? '–' : ms(row.floorMs),
      row.ratio === undefined ? '–' : `${row.ratio.toFixed(2)} (≤ ${row.ratioAtMost})`,
      ms(row.restateMs),
      `${percent(row.restateShare)} (≤ ${percent(row.restateShareAtMost)})`,
    ])
  }
  return `${below}\n${ours}\n* measured earlier with Restate's own server and SDK: a scale, not a measurement of this run`
}

const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`
const percent = (share: number): string => `${Math.round(share * 100)} %`
const cells = ({ count, medianMs, middleHalfMs: [low, high] }: Figures): string[] => [
  String(count),
  ms(medianMs),
  `${ms(low)} – ${ms(high)}`,
]
