/**
 * `npm run histories:record [-- name …]` records the scenarios that have no log yet, or those that are named anew. A log
 * that is there is a promise: what wrote it must be able to go on with it.
 */
import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { TestEnvironment } from '../sdk/testing.ts'
import { historyText, scenarios } from '../test/histories/scenarios.ts'
import { double, failing, hanging, workflows } from '../test/histories/workflows.ts'
import { repository } from './repository.ts'

const folder = join(repository, 'test', 'histories', 'fixtures')
const named = process.argv.slice(2)
const unknown = named.filter((name) => !(name in scenarios))
if (unknown.length > 0)
  throw new Error(`there is no scenario ${unknown.join(', ')}: there are ${Object.keys(scenarios).join(', ')}`)

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

await mkdir(folder, { recursive: true })
for (const [name, play] of Object.entries(scenarios)) {
  const path = join(folder, `${name}.json`)
  if (named.length > 0 ? !named.includes(name) : await isThere(path)) continue
  const env = await TestEnvironment.create({ workflows, tasks: [double, failing, hanging], patience: 20 })
  const history = await (await play(env, name)).history()
  await env.close()
  await writeFile(path, historyText(history))
  console.log(`${name}: ${history.events.length} events`)
}
