/** `npm run docs:check` says what is wrong with the table of the SDK's members, for a small package and a small table. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { disagreements, readRows } from '../../scripts/docs-check/member-table.ts'
import { publicMembers } from '../../scripts/docs-check/public-members.ts'
import { testTitles } from '../../scripts/docs-check/test-titles.ts'

let folder: string
let members: Set<string>
let titles: Map<string, Set<string>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perdure-docs-'))
  const files = {
    'index.d.ts': `
      export { a as bake, b as Oven } from './chunk.js'
      export type Heat = 'low' | 'high'`,
    'door.d.ts': `
      import { b as Oven, c as Hidden } from './chunk.js'
      export declare class Grill extends Oven implements Hidden { #flame; static from(): Grill; turn(): void; secret: number }
      export interface Meal extends Promise<string> { readonly plate: { size: number; wash(): void }; course?: string }`,
    'chunk.d.ts': `
      declare function a(): void
      declare class b extends Error { constructor(); heat: number }
      interface c { secret: number }
      export { a, b, c }`,
    'some.test.ts': `
      import { describe, it, test } from 'vitest'
      describe('a group', () => {
        test('bakes', () => undefined)
        test.each([1, 2])('bakes %i', () => undefined)
        it(\`turns\`, { timeout: 5 }, async () => undefined)
        test.skip('is skipped', () => undefined)
        test.todo('is planned')
        bakes('is not a test')
      })
      function bakes(title: string) {}`,
    'tsconfig.json': '{ "compilerOptions": { "lib": ["ES2024"] } }',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  members = publicMembers([join(folder, 'index.d.ts'), join(folder, 'door.d.ts')], folder)
  titles = testTitles([join(folder, 'some.test.ts'), join(folder, 'none.test.ts')], folder)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('members are the exports of every door, under their public names, and what is in them', () => {
  expect([...members].sort()).toEqual(
    [
      ['Grill', 'Grill.from', 'Grill.secret', 'Grill.turn', 'Heat', 'Oven', 'Oven.heat', 'bake'],
      ['Meal', 'Meal.course', 'Meal.plate', 'Meal.plate.size', 'Meal.plate.wash'],
    ]
      .flat()
      .sort(),
  )
})

test('tests are those that run', () => {
  expect([...titles.values()]).toEqual([new Set(['bakes', 'bakes %i', 'turns']), new Set()])
})

const complete = `
| member | test |
| --- | --- |
| \`bake\` \`Heat\` | some.test.ts › bakes |
| \`Oven\` \`Oven.heat\` | some.test.ts › bakes %i<br>some.test.ts › turns |
| \`Grill\` \`Grill.from\` \`Grill.secret\` \`Grill.turn\` | some.test.ts › turns |
| \`Meal\` \`Meal.course\` \`Meal.plate\` \`Meal.plate.size\` \`Meal.plate.wash\` | some.test.ts › turns |
`
const wrongIn = (table: string) => disagreements(readRows(table), members, (file) => titles.get(join(folder, file)) ?? new Set())

test('a complete table is right', () => {
  expect(wrongIn(complete)).toEqual([])
})

test.each([
  ['a member without a row', complete.replace(' `Grill.turn`', ''), 'Grill.turn has no row'],
  ['an export without a row', complete.replace(' `Heat`', ''), 'Heat has no row'],
  ['a member that is not there', complete.replace('`bake`', '`bake` `bake.slowly`'), 'line 4: the package has no bake.slowly'],
  ['a member with two rows', `${complete}| \`bake\` | some.test.ts › bakes |`, 'line 8: bake has a row already, in line 4'],
  ['a test that is not there', complete.replace('› bakes |', '› burns |'), 'line 4: there is no test "burns" in some.test.ts'],
  [
    'a test that is skipped',
    complete.replace('› bakes |', '› is skipped |'),
    'line 4: there is no test "is skipped" in some.test.ts',
  ],
  ['one wrong test of two', complete.replace('<br>some', '<br>none'), 'line 5: there is no test "turns" in none.test.ts'],
  ['no test at all', complete.replace('some.test.ts › bakes |', ' |'), 'line 4: there is no test "" in no file'],
])('%s is found', (_, table, wrong) => {
  expect(wrongIn(table)).toEqual([wrong])
})
