/** Calls between objects: each takes a while, both ways; in a storm it may be lost, repeated or late. */
import { type Link, latenessOf } from './storm.ts'
import type { World } from './world.ts'

interface Caller {
  readonly name: string
  readonly isAlive: boolean
  readonly departsAt: number
}

interface Callee<Life> {
  readonly name: string
  wake(): Life
}

interface Mortal {
  onDeath(tell: () => void): () => void
}

/** What executions and queues say to each other is about the work of one execution, and holds up no other. */
const holdsUp = (name: string): boolean => !name.startsWith('queue-')

/** Rejects when the call is lost either way, or fails, or the object dies; never settles when the caller does. */
export function call<Life extends Mortal, Result>(
  world: World,
  link: Link,
  caller: Caller | undefined,
  callee: Callee<Life>,
  perform: (life: Life) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const { agenda } = world
    const settle = (run: () => void, lateMs = 0): void => {
      agenda.after(world.delayMs() + lateMs, () => {
        if (caller?.isAlive !== false) run()
      })
    }
    agenda.at(caller?.departsAt ?? agenda.now, () => {
      if (caller?.isAlive === false) return
      const fault = world.storm.message(link, caller === undefined ? [callee.name] : [caller.name, callee.name].filter(holdsUp))
      if (fault !== undefined) world.note(`${fault.type} ${link} to ${callee.name}`)
      const late = latenessOf(fault)
      if (fault?.type === 'lose-request') return settle(() => reject(new Error('lost')))
      const arrive = (): void => {
        const life = callee.wake()
        const fail = () => settle(() => reject(new Error(`${callee.name} died`)))
        const done = life.onDeath(fail)
        void perform(life).then(
          (result) => {
            done()
            if (fault?.type === 'lose-reply') settle(() => reject(new Error('the answer was lost')))
            else settle(() => resolve(result), late.back)
          },
          () => {
            done()
            fail()
          },
        )
      }
      agenda.after(world.delayMs() + late.there, arrive)
      if (fault?.type === 'repeat')
        agenda.after(world.delayMs() + fault.ms, () => void perform(callee.wake()).catch(() => undefined))
    })
  })
}
