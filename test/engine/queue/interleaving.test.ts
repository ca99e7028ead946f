/** Credit and claims under any interleaving of offers, grants, answers, failures, losses and restarts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Effect } from '../../../engine/queue/effect.ts'
import { freeCredit, isPresent } from '../../../engine/queue/session.ts'
import { type Of, Scene, task } from './scene.ts'

const kinds = ['resize', 'encode'] as const

type Step =
  | { type: 'connect'; kinds: string[]; credit: number }
  | { type: 'grant'; who: number; credit: number }
  | { type: 'offer'; execution: number; kind: string; more: number; carried: number }
  | { type: 'answer'; which: number; share: number }
  | { type: 'fail'; which: number }
  | { type: 'close'; who: number }
  | { type: 'pass'; ms: number }
  | { type: 'hibernate' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('connect'), kinds: fc.subarray([...kinds]), credit: fc.nat(6) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('grant'), who: fc.nat(9), credit: fc.nat(4) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('offer'),
      execution: fc.nat(4),
      kind: fc.constantFrom(...kinds),
      more: fc.nat(6),
      carried: fc.nat(6),
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('answer'), which: fc.nat(9), share: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('fail'), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close'), who: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass'), ms: fc.nat(6_000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('hibernate') }) },
)

/** Executions with waiting tasks, as the queue meets them. */
class World {
  readonly scene = new Scene()
  readonly sessions: string[] = []
  readonly granted = new Map<string, number>()
  readonly got = new Map<string, number>()
  readonly announced = new Map<string, Set<string>>()
  readonly waiting = new Map<string, string[]>()
  readonly out = new Set<string>()
  claims: Of<'claim'>[] = []
  #last = 0
  #seen: Effect[] = []

  take(step: Step): void {
    const { scene } = this
    switch (step.type) {
      case 'connect': {
        const session = scene.connect({ tasks: step.kinds, slots: { workflow: 0, task: step.credit } })
        this.sessions.push(session)
        this.granted.set(session, step.credit)
        this.announced.set(session, new Set(step.kinds))
        break
      }
      case 'grant': {
        const session = this.sessions[step.who % Math.max(1, this.sessions.length)]
        if (session === undefined || scene.state.sessions.get(session)?.presence.type !== 'attached') return
        this.granted.set(session, (this.granted.get(session) ?? 0) + step.credit)
        scene.grant(session, step.credit)
        break
      }
      case 'offer':
        return this.offer(step)
      case 'answer': {
        const [claim] = this.claims.splice(step.which % Math.max(1, this.claims.length), 1)
        if (claim) this.answer(claim, step.share)
        return
      }
      case 'fail': {
        const [claim] = this.claims.splice(step.which % Math.max(1, this.claims.length), 1)
        if (claim) scene.failClaim(claim)
        break
      }
      case 'close': {
        const session = this.sessions[step.who % Math.max(1, this.sessions.length)]
        if (session !== undefined) scene.close(session)
        break
      }
      case 'pass':
        scene.ping(...this.sessions)
        scene.pass(step.ms)
        break
      case 'hibernate':
        // Answers to claims of the object that ended reach nobody.
        this.claims = []
        scene.restart('attached')
        break
    }
    this.look(scene.effects)
  }

  offer({ execution, kind, more, carried }: Extract<Step, { type: 'offer' }>): void {
    const executionId = `e${execution}`
    const key = `${executionId} ${kind}`
    const waiting = this.waiting.get(key) ?? []
    for (let index = 0; index < more; index += 1) {
      this.#last += 1
      waiting.push(`task-${this.#last}`)
    }
    const reply = this.scene.offer({
      executionId,
      kind,
      count: waiting.length,
      items: waiting.slice(0, carried).map((id) => task(id)),
    })
    const held = new Set(reply.held.map(({ id }) => id))
    this.waiting.set(
      key,
      waiting.filter((id) => !held.has(id)),
    )
    this.look(this.scene.effects, kind)
  }

  answer(claim: Of<'claim'>, share: number): void {
    const { executionId } = claim
    const { kind, count } = claim.claim
    const waiting = this.waiting.get(`${executionId} ${kind}`) ?? []
    const given = waiting.splice(0, Math.min(count, share))
    this.waiting.set(`${executionId} ${kind}`, waiting)
    this.scene.answer(
      claim,
      given.map((id) => task(id)),
      waiting.length,
    )
    this.look(this.scene.effects, kind)
  }

  look(effects: Effect[], kind?: string): void {
    if (effects === this.#seen) return
    this.#seen = effects
    for (const effect of effects) {
      if (effect.type === 'claim') {
        this.claims.push(effect)
        expect(this.announced.get(effect.claim.holder.session)).toContain(effect.claim.kind)
        this.#expectNoMoreThanWaits(effect.id)
      }
      if (effect.type !== 'send' || effect.message.type !== 'work') continue
      this.got.set(effect.session, (this.got.get(effect.session) ?? 0) + 1)
      expect(this.out.has(effect.message.body), 'pushed twice').toBe(false)
      this.out.add(effect.message.body)
      if (kind !== undefined) expect(this.announced.get(effect.session)).toContain(kind)
    }
    for (const session of this.sessions) expect(this.got.get(session) ?? 0).toBeLessThanOrEqual(this.granted.get(session) ?? 0)
    const { state } = this.scene
    for (const { credits, reserved, session } of state.sessions.values()) {
      expect(reserved.task).toBeGreaterThanOrEqual(0)
      expect(credits.task).toBeGreaterThanOrEqual(reserved.task)
      expect(credits.task).toBeLessThanOrEqual((this.granted.get(session) ?? 0) - (this.got.get(session) ?? 0))
    }
  }

  /** Nobody is woken for nothing; but who has not answered for long is not counted on. */
  #expectNoMoreThanWaits(id: number): void {
    const { claims, backlog } = this.scene.state
    const offer = claims.get(id)?.offer ?? ''
    let asked = 0
    for (const out of claims.values()) if (out.offer === offer && out.overdue !== true) asked += out.claim.count
    expect(asked).toBeLessThanOrEqual(backlog.get(offer)?.count ?? 0)
  }
}

/** Two claims that are overdue when the first is answered. */
const overdue: Step[] = [
  { type: 'offer', execution: 0, kind: 'resize', more: 2, carried: 0 },
  { type: 'connect', kinds: ['resize'], credit: 0 },
  { type: 'grant', who: 0, credit: 1 },
  { type: 'connect', kinds: ['resize'], credit: 0 },
  { type: 'grant', who: 1, credit: 1 },
  { type: 'pass', ms: 1443 },
  { type: 'pass', ms: 3557 },
  { type: 'grant', who: 0, credit: 0 },
  { type: 'connect', kinds: [], credit: 0 },
  { type: 'offer', execution: 0, kind: 'resize', more: 0, carried: 0 },
]

describe('any interleaving', () => {
  it('W15 credit is never negative nor exceeded, W4 one task wakes one worker, L8 what can be taken is', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 80 }), (steps) => {
        const world = new World()
        for (const each of steps) world.take(each)
        for (let round = 0; round < 400 && (world.claims.length > 0 || world.scene.alarmAt !== undefined); round += 1) {
          const claim = world.claims.shift()
          if (claim) world.answer(claim, 10_000)
          else world.take({ type: 'pass', ms: 5_000 })
          for (const lost of world.scene.get('lost')) world.scene.deliver(lost)
          world.look(world.scene.effects)
        }
        for (const offer of world.scene.state.backlog.offers()) {
          const idle = [...world.scene.state.sessions.values()].filter(
            (session) => isPresent(session) && freeCredit(session, 'task') > 0 && session.tasks.has(offer.kind),
          )
          expect(idle, 'work waits although there is credit').toEqual([])
        }
      }),
      { numRuns: 300, examples: [[overdue]] },
    )
  })

  it('order is by priority, then age, whatever came when', () => {
    const offers = fc.uniqueArray(fc.record({ priority: fc.integer({ min: -3, max: 3 }), since: fc.nat(1_000) }), {
      maxLength: 30,
      selector: ({ priority, since }) => `${priority} ${since}`,
    })
    fc.assert(
      fc.property(offers, (list) => {
        const scene = new Scene()
        for (const [index, each] of list.entries()) scene.offer({ executionId: `e${index}`, ...each })
        const worker = scene.connect({ tasks: ['resize'], slots: { workflow: 0, task: 1 } })
        const taken: number[] = []
        for (let [claim] = scene.claims; claim !== undefined; [claim] = scene.claims) {
          taken.push(Number(claim.executionId.slice(1)))
          scene.answer(claim, [task(`task-${taken.length}`)])
          scene.grant(worker, 1)
        }
        const ranked = list
          .map((each, index) => ({ ...each, index }))
          .sort((a, b) => b.priority - a.priority || a.since - b.since)
        expect(taken).toEqual(ranked.map(({ index }) => index))
      }),
      { numRuns: 100 },
    )
  })
})
