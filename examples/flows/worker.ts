/**
 * A worker for the flows of this folder: tasks alone, no workflow. Where the service is comes from `PERDURE_URL`, `PERDURE_ORG`
 * and `PERDURE_API_KEY`; letters are written to the folder `LETTERS`.
 */
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { task } from 'perdure'
import { Worker } from 'perdure/worker'
import { aggregate, digest, list } from '../digest-folder/workflow.ts'
import { findColour, layOutSheet, listPictures, makeThumbnail, resizePicture, writePage } from './pictures.ts'

const letters = process.env['LETTERS'] ?? '.'

export const writeLetter = task({
  name: 'write-letter',
  run: ({ to, text }: { to: string; text: string }) => appendFile(join(letters, `${to}.txt`), `${text}\n`),
})

/** The text, or null while there is no such file. */
export const readFileOrNull = task({
  name: 'read-file',
  async run({ file }: { file: string }) {
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw error
    }
  },
})

const pictures = [listPictures, resizePicture, makeThumbnail, layOutSheet, findColour, writePage]

const worker = new Worker({
  url: process.env['PERDURE_URL'] ?? 'http://127.0.0.1:8787',
  org: process.env['PERDURE_ORG'] ?? 'default',
  apiKey: process.env['PERDURE_API_KEY'] ?? '',
  workflows: [],
  tasks: [writeLetter, readFileOrNull, list, digest, aggregate, ...pictures],
})
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
