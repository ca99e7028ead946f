/** The bugs that `npm run simulate:planted` plants are about the code as it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { repository } from '../../scripts/repository.ts'
import { plantIn } from './planted/plant.ts'
import { planted } from './planted/planted.ts'
import { secondLine } from './planted/second-line.ts'

it('every planted bug has its place: who changes that code changes `planted/` as well', () => {
  for (const { name, edits } of [...planted, ...secondLine]) {
    for (const file of new Set(edits.map((each) => each.file))) {
      const text = readFileSync(join(repository, file), 'utf8')
      const theirs = edits.filter((each) => each.file === file)
      expect(plantIn(text, theirs), name).not.toBe(text)
    }
  }
})

it('every planted bug has a name of its own', () => {
  expect(new Set(planted.map(({ name }) => name)).size).toBe(planted.length)
})
