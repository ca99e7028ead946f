/** Rejections of workflow code that nobody awaits yet end no process; all others still do. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('./rejections-process.ts', import.meta.url))

const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const options = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types', script, ...args]
    const child = execFile(process.execPath, options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })

test('D16: promises of workflow code that reject while it awaits another: the process lives', async () => {
  expect(await run()).toEqual({ code: 0, stdout: '7\n', stderr: '' })
})

test('D16: a rejection of somebody else ends the process as it always would', async () => {
  const { code, stderr } = await run('other')
  expect(code).toBe(1)
  expect(stderr).toContain('of somebody else')
})
