/** A PostgreSQL of its own, as Debian has it: data in a folder, a free port, everything as it comes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port.ts'

export interface Postgres {
  url: string
  close(): Promise<void>
}

const host = '127.0.0.1'
const installed = '/usr/lib/postgresql'

export async function startPostgres(): Promise<Postgres> {
  const [version] = (await readdir(installed).catch(() => [])).sort().reverse()
  if (version === undefined) throw new Error('DBOS needs PostgreSQL: apt-get install postgresql')
  const bin = (name: string): string => join(installed, version, 'bin', name)
  const folder = await mkdtemp(join(tmpdir(), 'perdure-postgres-'))
  const data = join(folder, 'data')
  const port = await freePort(host)
  // It refuses to be started by root.
  const isRoot = process.getuid?.() === 0
  await chmod(folder, 0o777)
  const run = async (name: string, ...args: string[]): Promise<void> => {
    const [command, all] = isRoot ? ['runuser', ['-u', 'postgres', '--', bin(name), ...args]] : [bin(name), args]
    const child = spawn(command, all, { cwd: folder, stdio: 'ignore' })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`${name} ended with ${code}`)
  }
  const control = (...args: string[]) => run('pg_ctl', '-D', data, '-w', ...args)
  await run('initdb', '-D', data, '-U', 'postgres', '--auth=trust')
  await control('-l', join(folder, 'log'), '-o', `-p ${port} -k ${folder} -c listen_addresses=${host}`, 'start')
  return {
    url: `postgresql://postgres@${host}:${port}/bench`,
    async close() {
      await control('-m', 'immediate', 'stop')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
