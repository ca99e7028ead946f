/** What clients say to a specimen. */
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { pause, resume } from '../../../engine/execution/pausing.ts'
import { type Settlement, settlePromise } from '../../../engine/execution/promises.ts'
import { takeSignal } from '../../../engine/execution/signals.ts'
import type { Specimen } from './specimen.ts'

export const signal = (specimen: Specimen, name: string, signalId: string, payload?: string) =>
  specimen.turn((draft) => takeSignal(draft, { name, signalId, ...(payload !== undefined && { payload }) }))

export const settle = (
  specimen: Specimen,
  nameOrId: string,
  settlement: Settlement = { outcome: 'RESOLVED', payload: '"yes"' },
) => specimen.turn((draft) => settlePromise(draft, nameOrId, settlement))

export const reject = (specimen: Specimen, nameOrId: string) =>
  settle(specimen, nameOrId, { outcome: 'REJECTED', payload: '{"type":"No","message":"no"}' })

export const pauseIt = (specimen: Specimen) => specimen.turn((draft) => pause(draft, 'client', undefined))
export const resumeIt = (specimen: Specimen) => specimen.turn((draft) => resume(draft, 'client', 'enough'))
export const cancelIt = (specimen: Specimen) => specimen.turn((draft) => requestCancellation(draft, 'client', 'why not'))

export const createPromise = (n: number, name = 'approval', timeoutMs?: number): WorkflowCommand => ({
  type: 'CREATE_PROMISE',
  promiseId: `promise-${n}`,
  name,
  ...(timeoutMs !== undefined && { timeoutMs }),
})

export const complete: WorkflowCommand = { type: 'COMPLETE_WORKFLOW', output: '"done"' }

/** The log as a reader would tell it: types, what they are about, and values. */
export const told = (specimen: Specimen, after = 0): string[] =>
  specimen.log
    .filter(({ sequence }) => sequence > after)
    .map(({ type, data, payload }) => {
      const about = 'promiseId' in data ? data.promiseId : 'signalId' in data ? data.signalId : ''
      return [type, about, payload].filter(Boolean).join(' ')
    })
