/** Packages of peers, installed into a folder for as long as they are measured: they are no dependencies of ours. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `app` is a file of `apps/`; answers where it is then, beside its packages. */
export async function install(folder: string, app: string, packages: readonly string[]): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  if (packages.length > 0) {
    const child = spawn('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder, stdio: 'ignore' })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`npm could not install ${packages.join(' ')}`)
  }
  const file = join(folder, app)
  await copyFile(fileURLToPath(new URL(`apps/${app}`, import.meta.url)), file)
  return file
}
