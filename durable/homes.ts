/**
 * Where an object lives when several processes divide them behind one port: in the one that its name says, always the same.
 * On the platform, and in one process, everything lives here.
 */
import { spreadOf } from '../engine/spread.ts'

/**
 * The place of the other process that has it; undefined: it is this one.
 *
 * @param place this one's among all, as `0/4`
 */
export function homeOf(place: string | undefined, name: string): number | undefined {
  if (place === undefined) return undefined
  const [own, count] = place.split('/').map(Number)
  if (own === undefined || count === undefined || !(count > own)) throw new Error(`${place} is no place among processes`)
  const home = spreadOf(name) % count
  return home === own ? undefined : home
}
