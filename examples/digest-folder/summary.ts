/** What a folder holds, from the digests of its files: the same for the same digests, in whatever order they were made. */
import type { FileDigest, SkippedFile } from './file-digest.ts'

export interface Totals {
  files: number
  bytes: number
  lines: number
  words: number
}

export interface LanguageTotals extends Totals {
  language: string
}

/** Files of equal content. `wasted` is what all but one of them take. */
export interface Duplicates {
  sha256: string
  bytes: number
  wasted: number
  paths: string[]
}

export interface FolderSummary extends Totals {
  languages: LanguageTotals[]
  duplicates: Duplicates[]
  largest: { path: string; bytes: number }[]
  skipped: SkippedFile[]
}

const largestShown = 10

export function summarise(results: readonly (FileDigest | SkippedFile)[]): FolderSummary {
  const digests = results.filter((result) => 'sha256' in result)
  return {
    ...totalsOf(digests),
    languages: [...Map.groupBy(digests, ({ language }) => language)]
      .map(([language, files]) => ({ language, ...totalsOf(files) }))
      .sort((one, other) => other.bytes - one.bytes || byText(one.language, other.language)),
    duplicates: duplicatesOf(digests),
    largest: digests
      .map(({ path, bytes }) => ({ path, bytes }))
      .sort((one, other) => other.bytes - one.bytes || byText(one.path, other.path))
      .slice(0, largestShown),
    skipped: results.filter((result) => 'skipped' in result).sort((one, other) => byText(one.path, other.path)),
  }
}

const totalsOf = (digests: readonly FileDigest[]): Totals => ({
  files: digests.length,
  bytes: sum(digests, 'bytes'),
  lines: sum(digests, 'lines'),
  words: sum(digests, 'words'),
})

const sum = (digests: readonly FileDigest[], figure: 'bytes' | 'lines' | 'words'): number =>
  digests.reduce((total, digest) => total + digest[figure], 0)

/** Empty files are all equal and waste nothing: they are not told. */
const duplicatesOf = (digests: readonly FileDigest[]): Duplicates[] =>
  [
    ...Map.groupBy(
      digests.filter(({ bytes }) => bytes > 0),
      ({ sha256 }) => sha256,
    ),
  ]
    .filter(([, files]) => files.length > 1)
    .map(([sha256, files]) => {
      const bytes = files[0]?.bytes ?? 0
      return { sha256, bytes, wasted: bytes * (files.length - 1), paths: files.map(({ path }) => path).sort(byText) }
    })
    .sort((one, other) => other.wasted - one.wasted || byText(one.sha256, other.sha256))

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
