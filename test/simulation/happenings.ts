/**
 * What can happen outside to a run of a random program: its tasks, timers, promises and children end, others answer, somebody
 * sends a signal or cancels it. How a thing ends is said by its name.
 */
import { requestCancellation } from '../../engine/execution/cancelling.ts'
import { childEnded } from '../../engine/execution/children.ts'
import { messageAnswered } from '../../engine/execution/deliveries.ts'
import type { Draft } from '../../engine/execution/draft.ts'
import { settlePromise, timeOutPromise } from '../../engine/execution/promises.ts'
import { takeSignal } from '../../engine/execution/signals.ts'
import type { Specimen } from '../engine/execution/specimen.ts'

const signals = ['signal a', 'signal b', 'signal handled']

/** In an order that does not depend on where activations ended. Signals are always possible, a cancellation once. */
export function possible(specimen: Specimen): string[] {
  const { tasks, timers, promises, children, cancellation } = specimen.run
  const open = [...tasks.keys(), ...timers.keys(), ...promises.keys(), ...children.keys(), ...requests(specimen).keys()]
  return [...open, ...signals, ...(cancellation === undefined ? ['cancel'] : [])]
}

export function happen(specimen: Specimen, happening: string): void {
  const [type] = happening.split(/[- ]/)
  switch (type) {
    case 'task':
      return endTask(specimen, happening)
    case 'timer':
      return specimen.turn((draft) => void draft.append('TIMER_FIRED', { timerId: happening }))
    case 'promise':
      return specimen.turn((draft) => endPromise(draft, happening))
    case 'child':
      return specimen.turn((draft) => endChild(draft, happening))
    case 'external':
      return specimen.turn((draft) => answer(draft, requests(specimen).get(happening)))
    case 'signal': {
      const name = happening.slice('signal '.length)
      const signalId = `signal ${specimen.run.signals.size + 1}`
      return specimen.turn((draft) => void takeSignal(draft, { name, signalId, payload: JSON.stringify(signalId) }))
    }
    case 'cancel':
      return specimen.turn((draft) => void requestCancellation(draft, 'somebody', 'enough'))
  }
  throw new Error(`${happening} cannot happen`)
}

/** By request id: the outbox entry, and to whom it goes. */
function requests(specimen: Specimen): Map<string, { id: number; to: string }> {
  const found = new Map<string, { id: number; to: string }>()
  for (const { id, message } of specimen.outbox.values()) {
    if (message.type === 'signal') found.set(message.requestId, { id, to: message.to })
  }
  return found
}

function endTask(specimen: Specimen, id: string): void {
  const task = specimen.run.tasks.get(id)
  if (task === undefined) throw new Error(`${id} is not open`)
  if (task.kind === 'failing') specimen.fail({ id, attempt: 1 }, { nonRetryable: true })
  else specimen.complete({ id, attempt: 1 }, JSON.stringify(`done ${id}`))
}

function endPromise(draft: Draft, id: string): void {
  const promise = draft.run.promises.get(id)
  if (promise === undefined) throw new Error(`${id} is not open`)
  if (promise.name === 'timed-out') return timeOutPromise(draft, promise)
  if (promise.name === 'rejected') settlePromise(draft, id, { outcome: 'REJECTED', payload: '{"type":"No","message":"no"}' })
  else settlePromise(draft, id, { outcome: 'RESOLVED', payload: JSON.stringify(`settled ${id}`) })
}

const outcomes = { completing: 'COMPLETED', failing: 'FAILED', terminated: 'TERMINATED' } as const
const isOutcome = (kind: string): kind is keyof typeof outcomes => Object.hasOwn(outcomes, kind)

function endChild(draft: Draft, id: string): void {
  const child = draft.run.children.get(id)
  if (child === undefined || !isOutcome(child.kind)) throw new Error(`${id} is not open`)
  const payload = child.kind === 'failing' ? '{"type":"Bad","message":"bad"}' : JSON.stringify(`ended ${id}`)
  const outcome = outcomes[child.kind]
  childEnded(draft, {
    type: 'child-ended',
    parent: { run: 1, childId: id },
    executionId: child.executionId,
    outcome,
    ...(outcome !== 'TERMINATED' && { payload }),
  })
}

function answer(draft: Draft, request: { id: number; to: string } | undefined): void {
  if (request === undefined) throw new Error('nothing was asked')
  const refusal = { code: 'not_found' as const, message: 'there is no execution gone' }
  messageAnswered(draft, request.id, request.to === 'gone' ? { ok: false, refusal } : { ok: true, value: null })
}
