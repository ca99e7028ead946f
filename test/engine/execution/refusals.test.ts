/** A refusal says of which execution it speaks: whoever reads it may have asked for many. */
import { expect, it } from 'vitest'
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { terminate } from '../../../engine/execution/closing.ts'
import { pause } from '../../../engine/execution/pausing.ts'
import { receive } from '../../../engine/execution/receive.ts'
import { mayGo } from '../../../engine/execution/retention.ts'
import { takeSignal } from '../../../engine/execution/signals.ts'
import { Specimen } from './specimen.ts'

const messageOf = (answer: { ok: true } | { ok: false; refusal: { message: string } }): string =>
  answer.ok ? 'taken' : answer.refusal.message

it('what is not there is named', () => {
  const specimen = new Specimen('album-7')
  const signal = { type: 'signal', from: 'b', signalId: '1', name: 'go' } as const
  expect(messageOf(specimen.turn((draft) => receive(draft, signal)))).toBe('there is no execution album-7')
  expect(messageOf(mayGo(specimen.state))).toBe('there is no execution album-7')
})

it('what is closed is named, also after a restart', () => {
  const specimen = new Specimen('album-7')
  specimen.start()
  expect(messageOf(mayGo(specimen.state))).toBe('execution album-7 is open: cancel or terminate it first')
  specimen.turn((draft) => terminate(draft, 'client', undefined))
  specimen.restart()
  const closed = 'run 1 of execution album-7 is TERMINATED'
  expect(messageOf(specimen.turn((draft) => requestCancellation(draft, 'client', undefined)))).toBe(closed)
  expect(messageOf(specimen.turn((draft) => pause(draft, 'client', undefined)))).toBe(closed)
  expect(messageOf(specimen.turn((draft) => takeSignal(draft, { name: 'go', signalId: '1' })))).toBe(closed)
})
