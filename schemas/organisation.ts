/** An organisation: its settings and its keys. */
import { z } from 'zod'
import { executionId, orgName, queueName } from './identity.ts'
import { limits } from './limits.ts'
import { durationMs, instant } from './values.ts'

export const role = z.enum(['admin', 'client', 'worker', 'viewer'])
export type Role = z.infer<typeof role>

const displayName = z.string().min(1).max(200)
export const organisationRequest = z.strictObject({ displayName: displayName.optional() })
export const organisation = z.object({ org: orgName, displayName: displayName.optional(), createdAt: instant })
export type Organisation = z.infer<typeof organisation>

/** An organisation may lower a limit, not raise it. */
export const limitSettings = z.strictObject({
  payloadBytes: z.number().int().min(1_024).max(limits.payloadBytes).optional(),
  openTasks: z.number().int().min(1).max(limits.openTasks).optional(),
  eventsPerRun: z.number().int().min(100).max(limits.eventsPerRun).optional(),
})
export type LimitSettings = z.infer<typeof limitSettings>

export const partitions = z.record(queueName, z.number().int().min(1).max(64))

/** Among how many objects the index of executions is divided; absent: one. */
export const indexShards = z.number().int().min(1).max(64)

export const settings = z.object({
  retentionMs: durationMs,
  limits: limitSettings,
  partitions,
  indexShards: indexShards.optional(),
})
export type Settings = z.infer<typeof settings>
export const settingsPatch = z.strictObject({
  retentionMs: durationMs.min(60_000).optional(),
  limits: limitSettings.optional(),
  partitions: partitions.optional(),
  indexShards: indexShards.optional(),
})
export type SettingsPatch = z.infer<typeof settingsPatch>

export const keyId = z.string().regex(/^key-[A-Za-z0-9_-]{1,40}$/, 'a key id is key-…')
export const keyRequest = z.strictObject({ role, label: z.string().min(1).max(200).optional(), expiresAt: instant.optional() })
export const keyMade = z.object({ keyId, key: z.string() })
export const keySummary = z.object({
  keyId,
  role,
  label: z.string().optional(),
  createdAt: instant,
  expiresAt: instant.optional(),
})
export type KeySummary = z.infer<typeof keySummary>
export const keyList = z.object({ items: z.array(keySummary) })

/** A token to read with is good for at most a day. */
export const tokenRequest = z.strictObject({
  execution: executionId.optional(),
  expiresInMs: z.number().int().min(1_000).max(86_400_000),
})
export const tokenMade = z.object({ token: z.string() })

export const retentionDefaultMs = 30 * 86_400_000
