/** The summary of a folder, as tables for people. */
import Table from 'cli-table3'
import type { FolderSummary, Totals } from './summary.ts'

const shown = 10

export function reportOf(summary: FolderSummary): string {
  const parts = [languagesTable(summary), largestTable(summary), duplicatesTable(summary)]
  if (summary.skipped.length > 0) {
    parts.push(`Not readable: ${summary.skipped.map(({ path, skipped }) => `${path} (${skipped})`).join(', ')}`)
  }
  return parts.join('\n\n')
}

const plain = { head: [], border: [], compact: true }

function languagesTable(summary: FolderSummary): string {
  const table = new Table({
    head: ['Language', 'Files', 'Bytes', 'Lines', 'Words'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: plain,
  })
  for (const totals of summary.languages) table.push([totals.language, ...figures(totals)])
  table.push(['All', ...figures(summary)])
  return table.toString()
}

const figures = ({ files, bytes, lines, words }: Totals): string[] => [files, bytes, lines, words].map(grouped)

function largestTable({ largest }: FolderSummary): string {
  const table = new Table({ head: ['Largest files', 'Bytes'], colAligns: ['left', 'right'], style: plain })
  for (const { path, bytes } of largest) table.push([path, grouped(bytes)])
  return table.toString()
}

function duplicatesTable({ duplicates }: FolderSummary): string {
  if (duplicates.length === 0) return 'No two files have the same content.'
  const table = new Table({
    head: ['Same content (SHA-256)', 'Files', 'Bytes each', 'For example'],
    colAligns: ['left', 'right', 'right', 'left'],
    style: plain,
  })
  for (const { sha256, bytes, paths } of duplicates.slice(0, shown)) {
    table.push([sha256.slice(0, 16), grouped(paths.length), grouped(bytes), paths[0] ?? ''])
  }
  const more = duplicates.length - shown
  return more > 0 ? `${table.toString()}\nand ${more} more groups` : table.toString()
}

export const grouped = (figure: number): string => figure.toLocaleString('en-GB')
