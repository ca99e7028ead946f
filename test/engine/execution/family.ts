/**
 * Executions that speak to each other: the real rules over lists, and a network that does what the test says. Nothing is
 * sent, arrives or is answered by itself.
 */
import type { Answer } from '../../../engine/answer.ts'
import type { StartCommand } from '../../../engine/execution/commands.ts'
import { messageAnswered } from '../../../engine/execution/deliveries.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { type ExecutionMessage, messageOf } from '../../../engine/execution/messages.ts'
import { receive } from '../../../engine/execution/receive.ts'
import type { ExecutionState } from '../../../engine/execution/state.ts'
import type { ReleaseItem } from '../../../engine/lease.ts'
import { Specimen } from './specimen.ts'

/** A message on its way, or its answer. */
export interface Letter {
  from: Specimen
  /** The life that sent it: an answer to an earlier one finds nobody. */
  life: ExecutionState
  id: number
  to: string
  said: ExecutionMessage
  answer?: Answer<null>
}

export class Family {
  now = 1_000_000
  readonly members = new Map<string, Specimen>()
  /** Sent and not answered yet. */
  readonly letters: Letter[] = []

  member(executionId: string): Specimen {
    const known = this.members.get(executionId)
    if (known !== undefined) return known
    const member = new Specimen(executionId)
    member.now = this.now
    this.members.set(executionId, member)
    return member
  }

  start(executionId: string, command: Partial<StartCommand> = {}): Specimen {
    const member = this.member(executionId)
    member.start(command)
    return member
  }

  /** What a queue is told. */
  onRelease: (items: ReleaseItem[]) => void = () => undefined

  /** What an execution has to send now leaves it. Queues take what they are told. */
  send(from: Specimen): void {
    for (const { id, message } of from.state.outbox.send(from.now)) {
      if (message.type === 'release') {
        this.onRelease(message.items)
        from.turn((draft) => messageAnswered(draft, id, { ok: true, value: null }))
        continue
      }
      const said = messageOf({ id, message }, from.state, from)
      if (said === undefined) throw new Error(`${message.type} has no source`)
      this.letters.push({ from, life: from.state, id, to: message.to, said })
    }
  }

  /** It arrives, perhaps once more. The first answer is the one that is on its way back. */
  deliver(letter: Letter): void {
    const answer = this.member(letter.to).turn((draft) => receive(draft, letter.said))
    letter.answer ??= answer
  }

  /** Its answer is back. */
  conclude(letter: Letter): void {
    this.#end(letter, letter.answer)
  }

  /** It, or its answer, is known to be lost. */
  lose(letter: Letter): void {
    this.#end(letter, undefined)
  }

  #end(letter: Letter, answer: Answer<null> | undefined): void {
    this.letters.splice(this.letters.indexOf(letter), 1)
    if (letter.from.state === letter.life) letter.from.turn((draft) => messageAnswered(draft, letter.id, answer))
  }

  /** Dies, and comes back with what is on its disk. What it has sent is still on its way. */
  restart(member: Specimen): void {
    if (member.state.run === undefined) return
    member.restart()
    member.nobodyHasIt()
  }

  pass(ms: number): void {
    this.now += ms
    for (const member of this.members.values()) {
      member.now = this.now
      member.nobodyHasIt()
    }
  }

  /** A network without faults, until nothing is left to be said. */
  settle(): void {
    for (let round = 0; round < 1_000; round += 1) {
      for (const member of [...this.members.values()]) this.send(member)
      for (const letter of [...this.letters]) {
        if (letter.answer === undefined) this.deliver(letter)
        this.conclude(letter)
      }
      const waiting = [...this.members.values()].flatMap(({ state }) => state.outbox.dueAt ?? [])
      if (waiting.length === 0) return
      this.pass(Math.max(0, Math.min(...waiting) - this.now))
    }
    throw new Error('the executions do not stop talking')
  }

  /** The next time that any of them looks at its clock (L8). */
  nextDutyAt(): number | undefined {
    const times = [...this.members.values()].flatMap(({ state, now }) => nextDutyAt(state, now) ?? [])
    return times.length === 0 ? undefined : Math.min(...times)
  }
}
