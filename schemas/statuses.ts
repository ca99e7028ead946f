import { z } from 'zod'

export const openStatus = z.enum(['PAUSED', 'CANCELLING', 'RUNNING', 'PENDING', 'WAITING'])
export const closedStatus = z.enum(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED_AS_NEW'])
export const executionStatus = z.enum([...openStatus.options, ...closedStatus.options])
export type ClosedStatus = z.infer<typeof closedStatus>
export type ExecutionStatus = z.infer<typeof executionStatus>

export const taskStatus = z.enum(['SCHEDULED', 'RUNNING', 'RETRYING', 'COMPLETED', 'FAILED', 'TIMED_OUT', 'CANCELLED'])
export type TaskStatus = z.infer<typeof taskStatus>

export const timeoutType = z.enum(['START_TO_CLOSE', 'SCHEDULE_TO_START', 'SCHEDULE_TO_CLOSE', 'HEARTBEAT'])
export type TimeoutType = z.infer<typeof timeoutType>

export const activationAxis = z.enum(['none', 'queued', 'out'])
