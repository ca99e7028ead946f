/** The count of messages to queues, over restarts on machines whose clocks differ. */
import { expect, it } from 'vitest'
import { claim } from '../../../engine/execution/hand-out.ts'
import { offerAnswered } from '../../../engine/execution/offering.ts'
import { holder, Specimen } from './specimen.ts'

it('L8 an offer that is older than what its queue knows is made again, above that', () => {
  const specimen = new Specimen()
  specimen.start()
  const [offer] = specimen.offers()
  if (offer === undefined) throw new Error('nothing is offered')
  const newer = offer.revision + 300_000
  specimen.turn((draft) => offerAnswered(draft, offer, [], newer))
  const [again] = specimen.offers()
  expect(again?.count).toBe(1)
  expect(again?.revision).toBeGreaterThan(newer)
})

it('L8 a withdrawal that is older than what its queue knows is made again, above that', () => {
  const specimen = new Specimen()
  specimen.start()
  const [offer] = specimen.offers()
  if (offer === undefined) throw new Error('nothing is offered')
  specimen.answerOffer(offer, undefined)
  specimen.start({ onConflict: 'TERMINATE_EXISTING' })
  const withdrawal = specimen.offers().find(({ run }) => run === 1)
  if (withdrawal === undefined) throw new Error('nothing is withdrawn')
  const newer = withdrawal.revision + 300_000
  specimen.turn((draft) => offerAnswered(draft, withdrawal, [], newer))
  const again = specimen.offers().find(({ run }) => run === 1)
  expect(again?.revision).toBeGreaterThan(newer)
})

it('L8 what a claim is answered is newer than what its queue knows', () => {
  const specimen = new Specimen()
  specimen.start()
  const known = specimen.state.revision + 300_000
  const asked = {
    run: 1,
    type: 'activation',
    kind: 'flow',
    priority: 0,
    count: 1,
    holder: holder('s1'),
    revision: known,
  } as const
  expect(specimen.turn((draft) => claim(draft, asked)).revision).toBeGreaterThan(known)
})
