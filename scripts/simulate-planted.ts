/**
 * `npm run simulate:planted [-- --seeds 1000] [--only name] [--workload …]`: plants each bug of `test/simulation/planted/`
 * in a copy of the code, runs seeds until one fails, and prints how many that took. A bug that was met in the code must be
 * found by the seed that is noted for it; with a workload, seeds of that are searched instead. Those of the second line must
 * be found by their test. Ends with 1 if a bug is not found.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { met } from '../test/simulation/planted/met.ts'
import { metListed } from '../test/simulation/planted/met-listed.ts'
import { type Plant, plantIn } from '../test/simulation/planted/plant.ts'
import { planted } from '../test/simulation/planted/planted.ts'
import { secondLine } from '../test/simulation/planted/second-line.ts'
import { repository } from './repository.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, only: { type: 'string', default: '' }, workload: { type: 'string' } },
})
const copied = [
  'schemas',
  'engine',
  'durable',
  'src',
  'sdk',
  'scripts',
  'test',
  'package.json',
  'tsconfig.base.json',
  'vitest.config.ts',
  'wrangler.toml',
]
const isCopied = (path: string): boolean => !/\/(node_modules|dist)(\/|$)/.test(path.slice(repository.length))

interface Finding {
  /** Undefined: none. */
  seed: number | undefined
  as: string
}

const copy = mkdtempSync(join(tmpdir(), 'perdure-planted-'))
try {
  for (const path of copied) cpSync(join(repository, path), join(copy, path), { recursive: true, filter: isCopied })
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
  const chosen = planted.filter(({ name }) => name.includes(values.only))
  console.log('| planted bug | found by seed | as |\n| --- | --- | --- |')
  const missed = chosen.filter((plant) => {
    const { seed, as } = find(plant)
    console.log(`| \`${plant.name}\` | ${seed ?? 'none'} | ${as.slice(0, 110)} |`)
    return seed === undefined
  })
  console.log(`\n${chosen.length - missed.length} of ${chosen.length} found within ${values.seeds} seeds`)
  const unseen = values.workload === undefined ? secondLine.filter(({ name }) => name.includes(values.only)) : []
  if (unseen.length > 0) console.log('\n| planted bug | found by |\n| --- | --- |')
  const unheld = unseen.filter((plant) => {
    const isFound = planting(plant, () => fails(plant.test))
    console.log(`| \`${plant.name}\` | ${isFound ? plant.test : 'none'} |`)
    return !isFound
  })
  process.exitCode = missed.length + unheld.length === 0 ? 0 : 1
} finally {
  rmSync(copy, { recursive: true, force: true })
}

function find(plant: Plant): Finding {
  const { name, workload } = plant
  return planting(plant, () => {
    if (values.workload !== undefined) return search(1, Number(values.seeds), values.workload)
    const { seed: known } = [...met, ...metListed].find((each) => each.name === name) ?? {}
    if (known === undefined) return search(1, Number(values.seeds), workload)
    const finding = search(known, 1, workload)
    if (finding.seed !== undefined) return finding
    const searched = search(1, Number(values.seeds), workload)
    return { seed: undefined, as: `not by the seed that is noted, ${known}; by ${searched.seed ?? 'none'} ${searched.as}` }
  })
}

/** While it does this, the copy has the bug. */
function planting<Value>({ edits }: Plant, run: () => Value): Value {
  const files = new Map([...new Set(edits.map(({ file }) => file))].map((file) => [file, readFileSync(join(copy, file), 'utf8')]))
  try {
    for (const [file, text] of files) {
      const theirs = edits.filter((each) => each.file === file)
      writeFileSync(join(copy, file), plantIn(text, theirs))
    }
    return run()
  } finally {
    for (const [file, text] of files) writeFileSync(join(copy, file), text)
  }
}

function fails(test: string): boolean {
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs')
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', '--project', 'engine', test], {
    cwd: copy,
    encoding: 'utf8',
  })
  return status !== 0 && /Tests .*[1-9]\d* failed/.test(stdout)
}

function search(from: number, seeds: number, workload?: string): Finding {
  const args = ['--disable-warning=ExperimentalWarning', 'scripts/simulate.ts', '--until-found']
  const range = ['--from', String(from), '--seeds', String(seeds), ...(workload === undefined ? [] : ['--workload', workload])]
  const { stdout, stderr, status } = spawnSync(process.execPath, [...args, ...range], { cwd: copy, encoding: 'utf8' })
  if (status === 0) return { seed: undefined, as: '' }
  const breach = /^seed (\d+) (.*)$/m.exec(stdout)
  if (breach !== null) return { seed: Number(breach[1]), as: breach[2] ?? '' }
  // A bug can end the process of a worker, which is this one.
  const running = /^running (\d+)$/m.exec(stderr)?.[1]
  return { seed: Number(running ?? from), as: /^\w*Error\b.*$/m.exec(stderr)?.[0] ?? stderr.slice(-100) }
}
