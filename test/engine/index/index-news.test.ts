/** L8 what an execution has to tell reaches the index, whatever becomes of the messages: over a clock in the test's hands. */
import { expect, test } from 'vitest'
import { IndexNews } from '../../../durable/execution/index-news.ts'
import type { Newer } from '../../../durable/execution-index/port.ts'
import { terminate } from '../../../engine/execution/closing.ts'
import type { Draft } from '../../../engine/execution/draft.ts'
import { firstNewsMs } from '../../../engine/index/news.ts'
import type { Summary } from '../../../engine/index/summary.ts'
import { Specimen } from '../execution/specimen.ts'

interface Message {
  summary: Summary
  answer(newer: Newer): Promise<void>
}

class Teller {
  readonly specimen = new Specimen()
  readonly messages: Message[] = []
  turns = 0
  readonly news: IndexNews

  constructor() {
    const clock = { now: () => this.specimen.now, after: () => () => undefined }
    const tell = (summary: Summary): Promise<Newer> =>
      new Promise((resolve) => {
        this.messages.push({
          summary,
          async answer(newer) {
            resolve(newer)
            await new Promise(setImmediate)
          },
        })
      })
    const turn = async (): Promise<void> => {
      this.turns += 1
    }
    this.news = new IndexNews(tell, turn, this.specimen.state, clock)
  }

  /** A turn; when the alarm must fire for the index after it, in ms. */
  turn(rule: (draft: Draft) => void = () => undefined): number | undefined {
    const { specimen } = this
    const at = specimen.turn((draft) => {
      rule(draft)
      return this.news.dutyAt(draft)
    })
    void this.news.send()
    return at && at - specimen.now
  }

  /** It begins, and is told of after a moment. */
  begin(): void {
    this.specimen.start()
    this.turn()
    this.specimen.now += firstNewsMs
    void this.news.send()
  }

  get last(): Message {
    const message = this.messages.at(-1)
    if (message === undefined) throw new Error('nothing was told')
    return message
  }
}

const close = (draft: Draft): void => terminate(draft, 'somebody', undefined)

test('an alarm that finds the message still under way is set again, until it is answered', async () => {
  const teller = new Teller()
  teller.begin()
  const [first] = teller.messages
  teller.specimen.now += 5_000
  expect(teller.turn()).toBeUndefined()
  teller.news.speak()
  expect(teller.turn()).toBe(5_000)
  await first?.answer(undefined)
  expect(teller.messages).toHaveLength(1)
  expect(teller.turn()).toBeUndefined()
})

test('what is older than what the index knows is told again, as newer', async () => {
  const teller = new Teller()
  teller.begin()
  const ahead = teller.last.summary.revision + 7_000_000
  await teller.last.answer(ahead)
  expect(teller.turns).toBe(1)
  expect(teller.turn()).toBe(1_000)
  teller.specimen.now += 1_000
  teller.turn()
  expect(teller.last.summary.revision).toBeGreaterThan(ahead)
  await teller.last.answer(undefined)
  expect(teller.turn()).toBeUndefined()
})

test('who was to go and has stayed is told anew, though it was told before', async () => {
  const teller = new Teller()
  teller.begin()
  await teller.last.answer(undefined)
  teller.turn(close)
  await teller.last.answer(undefined)
  expect(teller.turn()).toBeUndefined()
  const version = teller.news.silence(teller.specimen.state)
  expect(teller.turn()).toBeUndefined()
  expect(teller.messages).toHaveLength(2)
  teller.news.speak()
  expect(teller.turn()).toBe(5_000)
  expect(teller.messages).toHaveLength(3)
  expect(teller.last.summary).toMatchObject({ status: 'TERMINATED' })
  expect(teller.last.summary.revision).toBeGreaterThan(version.revision)
})

test('who is gone says nothing of what it was', () => {
  const teller = new Teller()
  teller.begin()
  teller.turn(close)
  teller.news.silence(teller.specimen.state)
  teller.turn()
  const told = teller.messages.length
  teller.specimen.state = new Specimen().state
  teller.news.speak()
  teller.turn()
  expect(teller.messages).toHaveLength(told)
})
