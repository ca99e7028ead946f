/**
 * Among how many processes the objects of a data folder are divided. Which one has an object is computed from that number, so
 * it stays what it was when the folder was first used.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './usage-error.ts'

const fileOf = (data: string): string => join(data, 'processes')

/** Where the objects of one of the processes are. */
export const objectsFolder = (data: string, place: number): string => join(data, place === 0 ? 'objects' : `objects-${place}`)

/** Of all processes. */
export async function objectsFolders(data: string): Promise<string[]> {
  const names = await readdir(data)
  return names.filter((name) => /^objects(-\d+)?$/.test(name)).map((name) => join(data, name))
}

/** @throws UsageError when the folder is divided among another number of processes */
export async function expectDivision(data: string, processes: number): Promise<void> {
  const divided = await divisionOf(data)
  if (divided === undefined || divided === processes) return
  throw new UsageError(`${data} is divided among ${divided} processes, and stays so: start it with --processes ${divided}`)
}

export const noteDivision = (data: string, processes: number): Promise<void> => writeFile(fileOf(data), `${processes}\n`)

/** Undefined for a folder that has no objects yet. */
async function divisionOf(data: string): Promise<number | undefined> {
  const noted = await readFile(fileOf(data), 'utf8').catch(() => undefined)
  if (noted !== undefined) return Number(noted)
  const folders = await objectsFolders(data).catch(() => [])
  return folders.length === 0 ? undefined : folders.length
}
