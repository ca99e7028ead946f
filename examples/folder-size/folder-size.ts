/**
 * How large a folder is with all that is below: a child workflow for each folder in it, and so on down. A folder that
 * cannot be read is counted as unread; it does not fail the ones around it.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ChildWorkflowFailure, task, type WorkflowDefinition, workflow } from 'perdure'

export interface Size {
  bytes: number
  files: number
  unread: string[]
}

export const look = task({
  name: 'look',
  retry: { maximumAttempts: 2 },
  async run(folder: string) {
    const entries = await readdir(folder, { withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const sizes = await Promise.all(files.map(async ({ name }) => (await stat(join(folder, name))).size))
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
    return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: files.length, folders: folders.sort() }
  },
})

// It starts itself, so its type has to be said.
export const folderSize: WorkflowDefinition<string, Size> = workflow({
  name: 'folder-size',
  async run(ctx, folder: string) {
    const { folders, ...own } = await ctx.task(look, folder)
    const below = await Promise.all(
      folders.map((each) =>
        ctx.child(folderSize, each).catch((error: unknown): Size => {
          if (!ChildWorkflowFailure.is(error)) throw error
          return { bytes: 0, files: 0, unread: [each] }
        }),
      ),
    )
    return below.reduce(
      (sum, { bytes, files, unread }) => ({
        bytes: sum.bytes + bytes,
        files: sum.files + files,
        unread: [...sum.unread, ...unread],
      }),
      { ...own, unread: [] },
    )
  },
})
