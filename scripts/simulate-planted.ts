/**
 * `npm run simulate:planted [-- --seeds 1000] [--only name]`: plants each bug of `test/simulation/planted/` in a copy of
 * the rules, runs seeds until one fails, and prints how many that took. Ends with 1 if one is not found.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { repository } from './repository.ts'

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1000' }, only: { type: 'string' } } })
const planted = join(repository, 'test/simulation/planted')
const copied = ['schemas', 'engine', 'durable', 'src', 'sdk', 'scripts', 'test', 'package.json', 'tsconfig.base.json']
const isCopied = (path: string): boolean => !/\/(node_modules|dist)(\/|$)/.test(path.slice(repository.length))

const copy = mkdtempSync(join(tmpdir(), 'perdure-planted-'))
try {
  for (const path of copied) cpSync(join(repository, path), join(copy, path), { recursive: true, filter: isCopied })
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
  const names = readdirSync(planted)
    .filter((file) => file.endsWith('.patch'))
    .map((file) => file.slice(0, -'.patch'.length))
    .filter((name) => values.only === undefined || name.includes(values.only))
  console.log('| planted bug | found by seed | as |\n| --- | --- | --- |')
  const missed = names.filter((name) => !isFound(name))
  console.log(`\n${names.length - missed.length} of ${names.length} found within ${values.seeds} seeds`)
  process.exitCode = missed.length === 0 ? 0 : 1
} finally {
  rmSync(copy, { recursive: true, force: true })
}

function isFound(name: string): boolean {
  const patch = readFileSync(join(planted, `${name}.patch`))
  const apply = (...options: string[]) => execFileSync('git', ['apply', ...options, '-'], { cwd: copy, input: patch })
  apply()
  const args = ['scripts/simulate.ts', '--until-found', '--seeds', values.seeds]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' })
  apply('--reverse')
  const found = /^seed (\d+) .*?\): (\w+): (.*)$/m.exec(stdout)
  const crash = /^\w*Error: .*$/m.exec(stderr)
  const [seed, as] =
    found !== null ? [found[1], `${found[2]}: ${found[3]}`] : status === 0 ? ['none', ''] : ['?', crash?.[0] ?? stderr]
  console.log(`| ${name} | ${seed} | ${as?.slice(0, 110)} |`)
  return status !== 0
}
