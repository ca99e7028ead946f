/**
 * The workflow `digest-folder`: one task lists the files, one task per file reads it, one adds everything up.
 *
 * Tasks are plain functions over files; what they return is in the log, so nothing is read twice because something crashed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { task, workflow } from 'perdure'
import { digestFile, type FileDigest, type FileDigestRequest, type SkippedFile } from './file-digest.ts'
import { type FileListRequest, listFiles } from './file-list.ts'
import { summarise } from './summary.ts'

export const list = task({
  name: 'list-files',
  startToCloseTimeout: '1 minute',
  run: (request: FileListRequest) => listFiles(request),
})

/** The demonstration of crashes holds each file for a moment, so that there is a middle to crash in. */
const holdMs = Number(process.env['DIGEST_HOLD_MS'] ?? 0)

export const digest = task({
  name: 'digest-file',
  startToCloseTimeout: '1 minute',
  async run(request: FileDigestRequest, ctx) {
    if (holdMs > 0) await pause(holdMs, undefined, { signal: ctx.signal })
    return digestFile(request, ctx.signal)
  },
})

export const aggregate = task({
  name: 'summarise',
  run: async (digests: (FileDigest | SkippedFile)[]) => summarise(digests),
})

export const digestFolder = workflow({
  name: 'digest-folder',
  async run(ctx, request: FileListRequest) {
    const paths = await ctx.task(list, request)
    const digests = await Promise.all(paths.map((path) => ctx.task(digest, { folder: request.folder, path })))
    return ctx.task(aggregate, digests)
  },
})
