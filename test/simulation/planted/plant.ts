/**
 * A bug to be planted: words of the code, and what they are replaced by. The words occur once in their file; who changes
 * that code changes them here as well.
 */
export interface Plant {
  name: string
  /** Only this one is run; absent: any. */
  workload?: string
  edits: readonly Edit[]
}

export interface Edit {
  file: string
  from: string
  to: string
}

/** What the simulator has met in the code: planted, it is what was there before the mend. */
export interface Met extends Plant {
  /** Finds it, and is clean since the mend; with a workload, since there will be more of them. */
  seed: number
  workload: string
  what: string
}

/** One edit of a file. */
export const edit = (file: string, from: string, to: string): Edit => ({ file, from, to })

/** A text with the edits of one file. Throws when the words are not there, or more than once. */
export function plantIn(text: string, edits: readonly Edit[]): string {
  let planted = text
  for (const { file, from, to } of edits) {
    const found = planted.split(from).length - 1
    if (found !== 1) throw new Error(`${file} has ${found} times: ${from}`)
    planted = planted.replace(from, () => to)
  }
  return planted
}
