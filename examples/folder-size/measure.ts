/** `node measure.ts <folder>`: its size, by as many workflows as there are folders. */
import { resolve } from 'node:path'
import { Client } from 'perdure/client'
import { folderSize } from './folder-size.ts'

console.log(await Client.fromEnv().execute(folderSize, resolve(process.argv[2] ?? '.')))
