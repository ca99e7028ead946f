/** Puts the figures of a run into `docs/performance.md`, with the command that gave them. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../scripts/repository.ts'
import type { Report, Row } from './report.ts'

const file = join(repository, 'docs', 'performance.md')
const [begin, end] = ['<!-- figures: made by the bench -->', '<!-- end of figures -->']

export async function document(report: Report, command: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  const [before, rest] = text.split(begin)
  const [, after] = rest?.split(end) ?? []
  if (before === undefined || after === undefined) throw new Error(`${file} has no place for figures`)
  await writeFile(file, `${before}${begin}\n${figures(report, command)}\n${end}${after}`)
}

function figures({ rows, at, rounds, node }: Report, command: string): string {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))]
  const head = ['', 'workload', 'ours', 'middle half', 'floor', 'ratio', ...peers, 'of Restate', 'target', 'reached']
  const lines = [head, head.map(() => '---'), ...rows.map((row) => cells(row, peers))]
  const table = lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
  const day = at.slice(0, 10)
  return `\`${command}\`, ${day}, ${rounds} rounds, Node ${node.slice(1)}; medians, of lateness the 99th percentile.\n\n${table}`
}

const none = '–'

function cells(row: Row, peers: readonly string[]): string[] {
  const { id, name, unit, ours, floor, ratio, restateShare, isReached } = row
  const half = ours.middleHalf.map((value) => shown(value)).join(' – ')
  return [
    id,
    name,
    shown(row.figure, unit),
    ours.count < 2 ? none : half,
    floor === undefined ? none : shown(row.floorFigure ?? floor.median, unit),
    ratio === undefined ? none : ratio.toFixed(2),
    ...peers.map((peer) => (row.peers[peer] === undefined ? none : shown(row.peers[peer].median, unit))),
    restateShare === undefined ? none : percent(restateShare),
    targetOf(row),
    isReached === undefined ? none : isReached ? 'yes' : 'no',
  ]
}

function targetOf({ target: { atMost, ratioAtMost, ratioAtLeast, restateAtMost }, unit }: Row): string {
  const parts = [
    atMost === undefined ? '' : `≤ ${shown(atMost, unit)}`,
    ratioAtMost === undefined ? '' : `≤ ${ratioAtMost} × floor`,
    ratioAtLeast === undefined ? '' : `≥ ${ratioAtLeast} × floor`,
    restateAtMost === undefined ? '' : `≤ ${percent(restateAtMost)} of Restate`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? none : parts.join(', ')
}

const shown = (value: number, unit = ''): string =>
  `${value.toFixed(value < 100 && !Number.isInteger(value) ? 1 : 0)}${unit === '' ? '' : ` ${unit}`}`

const percent = (share: number): string => `${Math.round(share * 100)} %`
