/** `npm run regressions`: which of the numbered regressions no test names. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from './repository.ts'

const counts = { S: 10, D: 18, W: 16, F: 14, N: 13, A: 6 }
const files = await readdir(join(repository, 'test'), { recursive: true })
const texts = await Promise.all(
  files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join(repository, 'test', file), 'utf8')),
)
const named = new Set(texts.flatMap((text) => text.match(/\b[SDWFNA]\d+\b/g) ?? []))
for (const [letter, count] of Object.entries(counts)) {
  const missing = Array.from({ length: count }, (_, index) => `${letter}${index + 1}`).filter((number) => !named.has(number))
  console.log(
    `${letter}: ${count - missing.length} of ${count}${missing.length > 0 ? `; no test names ${missing.join(' ')}` : ''}`,
  )
}
