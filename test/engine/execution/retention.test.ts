/** Which runs of the past may go. */
import { describe, expect, it } from 'vitest'
import { closedRunsKept, isRunOver } from '../../../engine/execution/retention.ts'
import { Family } from './family.ts'

const day = 86_400_000

describe('a run of the past', () => {
  it('goes when its retention is over, or a hundred have followed it', () => {
    const family = new Family()
    const member = family.start('a')
    for (let run = 2; run <= closedRunsKept + 2; run += 1) member.start({ onConflict: 'TERMINATE_EXISTING' })
    const over = (run: number, closedAt = member.now) => isRunOver(member.state, { run, closedAt }, day, member.now)
    expect([over(1), over(2), over(2, member.now - day), over(member.run.number, 0)]).toEqual([true, false, true, false])
  })

  it('N1 stays as long as a message has not arrived whose words are in its log', () => {
    const family = new Family()
    const member = family.start('a')
    const start = {
      type: 'START_CHILD_WORKFLOW' as const,
      childId: 'child-1',
      kind: 'part',
      parentClosePolicy: 'ABANDON' as const,
    }
    member.answer(member.activate(), [start])
    member.start({ onConflict: 'TERMINATE_EXISTING' })
    const isOver = () => isRunOver(member.state, { run: 1, closedAt: member.now - day }, day, member.now)
    expect(isOver()).toBe(false)
    family.settle()
    expect(family.member('a:1:child-1').types()).toEqual(['WORKFLOW_STARTED'])
    expect(isOver()).toBe(true)
  })
})
