/** What is known of one file after reading it once, from beginning to end, in constant memory. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { languageOf } from './language.ts'

export interface FileDigest {
  path: string
  sha256: string
  bytes: number
  lines: number
  words: number
  language: string
}

/** A file that is gone or closed to us is told, and does not stop the others. */
export interface SkippedFile {
  path: string
  skipped: string
}

export interface FileDigestRequest {
  folder: string
  path: string
}

export async function digestFile(request: FileDigestRequest, signal?: AbortSignal): Promise<FileDigest | SkippedFile> {
  const { folder, path } = request
  const hash = createHash('sha256')
  const counts = new TextCounts()
  let bytes = 0
  try {
    for await (const chunk of createReadStream(join(folder, path), signal ? { signal } : {})) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the file was not read as bytes')
      hash.update(chunk)
      counts.add(chunk)
      bytes += chunk.byteLength
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (unreadable.has(code)) return { path, skipped: code }
    throw error
  }
  return { path, sha256: hash.digest('hex'), bytes, ...counts.total(), language: languageOf(path) }
}

const unreadable: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENOENT', 'EISDIR'])

/** Counts over bytes: in UTF-8 no other character contains these. A file with a zero byte is not text: it has no lines. */
class TextCounts {
  #lines = 0
  #words = 0
  #inWord = false
  #inLine = false
  #text = true

  add(chunk: Uint8Array): void {
    if (!this.#text) return
    for (const byte of chunk) {
      if (byte === 0) {
        this.#text = false
        return
      }
      if (byte === newline) this.#lines += 1
      this.#inLine = byte !== newline
      const space = byte === 32 || (byte >= 9 && byte <= 13)
      if (this.#inWord && space) this.#words += 1
      this.#inWord = !space
    }
  }

  total(): { lines: number; words: number } {
    if (!this.#text) return { lines: 0, words: 0 }
    return { lines: this.#lines + (this.#inLine ? 1 : 0), words: this.#words + (this.#inWord ? 1 : 0) }
  }
}

const newline = 10
