/**
 * What the index keeps of an execution: one summary, told by the execution itself.
 *
 * 1. Later versions win, so news may be doubled, delayed and reordered.
 * 2. `createdAt` tells apart an execution from one that had its id before and was deleted.
 */

import type { ExecutionSummary } from '../../schemas/listing.ts'
import type { Parent } from '../../schemas/parent.ts'
import type { ExecutionStatus } from '../../schemas/statuses.ts'
import type { Attributes } from '../execution/commands.ts'
import type { WorkType } from '../lease.ts'
import type { UnservedKind } from '../unserved.ts'

/** Which incarnation of an execution, and how new: compared in this order. */
export interface Version {
  createdAt: number
  run: number
  sequence: number
  revision: number
}

/** Work that no worker has, of one kind. */
export interface Waiting {
  queue: string
  type: WorkType
  kind: string
  /** Epoch ms since which the oldest has waited. */
  since: number
}

export interface Summary extends Version {
  id: string
  kind: string
  queue: string
  status: ExecutionStatus
  startedAt: number
  closedAt?: number
  parent?: Parent
  attributes: Attributes
  problem?: { type: string; message: string; since: number }
  waiting: Waiting[]
  /** When it must do something by itself at the latest. Epoch ms. */
  dutyAt?: number
}

/** As a list shows it. */
export const shown = ({ sequence: _, revision: __, waiting: ___, dutyAt: ____, ...summary }: Summary): ExecutionSummary => summary

/** A kind of work that a partition of a queue has, and no worker there takes. */
export interface Unserved extends UnservedKind {
  partition: number
  partitions: number
}

/** Work is not called stuck before a worker had the time to reconnect. */
export const waitingStuckMs = 5_000
/** A duty is not called overdue before an alarm had the time to fire, be repeated, and be told of. */
export const overdueMs = 30_000

export function isLater(a: Version, b: Version): boolean {
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt
  if (a.run !== b.run) return a.run > b.run
  if (a.sequence !== b.sequence) return a.sequence > b.sequence
  return a.revision > b.revision
}
