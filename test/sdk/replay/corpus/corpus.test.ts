/**
 * D9 D14: what becomes of a run when its code is changed under it. Each change is legal, and the run goes on, or it is found,
 * with the call, what the log has, what the code asks for, the line and the likely cause. The guide has them all in a table.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DeterminismError } from '../../../../sdk/index.ts'
import { thrownBy } from '../flow.ts'
import { branchEdits } from './branches.ts'
import { childEdits } from './children.ts'
import type { Edit, Stops } from './edit.ts'
import { keepingEdits } from './keeping.ts'
import { loopEdits } from './loops.ts'
import { record, replayInPieces, replayWhole } from './play.ts'
import { signalEdits } from './signals.ts'
import { taskEdits } from './tasks.ts'
import { waitEdits } from './waits.ts'

const edits: Edit[] = [...taskEdits, ...waitEdits, ...loopEdits, ...branchEdits, ...childEdits, ...signalEdits, ...keepingEdits]
const guide = readFileSync(new URL('../../../../docs/guide/changing-code.md', import.meta.url), 'utf8')
const advice = ': runs that have begun need the code that they began with, or code that does the same up to here'

function expectStop(error: unknown, { index, expected, actual, line, hint }: Stops): void {
  if (!DeterminismError.is(error)) throw error ?? new Error('it went on')
  const { location } = error
  const said = error.hint?.replace(advice, '')
  expect({ index: error.index, expected: error.expected, actual: error.actual, hint: said }).toEqual({
    index,
    expected,
    actual,
    hint,
  })
  expect(location === undefined ? undefined : sourceAt(location)).toEqual(
    line === undefined ? undefined : expect.stringMatching(new RegExp(`// ${line}$`)),
  )
  for (const part of [`call ${index}:`, expected, actual, location ?? '', hint]) expect(error.message).toContain(part)
}

/** The line of code that a location names. */
function sourceAt(location: string): string | undefined {
  const [, path = '', number = ''] = /^(.+):(\d+):\d+$/.exec(location) ?? []
  return readFileSync(path, 'utf8').split('\n')[Number(number) - 1]
}

describe.each(edits)('D9 $what', (edit) => {
  const { outcome } = edit

  it('index' in outcome ? 'stops the run, and says why' : 'lets the run go on', async () => {
    const events = await record(edit)
    if ('index' in outcome) {
      expectStop(await thrownBy(replayWhole(edit, events)), outcome)
      expectStop(await thrownBy(replayInPieces(edit, events)), outcome)
      return
    }
    const whole = await replayWhole(edit, events)
    expect(whole.commands.map(({ type }) => type)).toEqual(outcome.asks)
    expect((await replayInPieces(edit, events)).commands).toEqual(whole.commands)
  })
})

describe('the corpus', () => {
  it('has at least 40 changes, each described once', () => {
    expect(new Set(edits.map(({ what }) => what)).size).toBe(edits.length)
    expect(edits.length).toBeGreaterThanOrEqual(40)
  })

  it('is the table of the guide', () => {
    expect(guide.slice(guide.indexOf('\n| ')).trim()).toBe(table)
  })
})

const row = ({ what, outcome }: Edit): string =>
  'index' in outcome
    ? `| ${what} | stops: the log has ${outcome.expected}, the code asks for ${outcome.actual} |`
    : `| ${what} | goes on: ${outcome.because} |`

const table = ['| change | a run that is there already |', '| --- | --- |', ...edits.map(row)].join('\n')
