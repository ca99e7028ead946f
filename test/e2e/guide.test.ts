/** The pages of the guide show the code of the examples: every block is in the file that its page names before it. */
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repository } from '../../scripts/repository.ts'

const guide = join(repository, 'docs', 'guide')
const pages = readdirSync(guide).filter((name) => name.endsWith('.md'))
const examples = join(repository, 'examples')

interface Block {
  code: string
  /** Links to examples on the page, by where they are. */
  before: string[]
  after: string[]
}

async function blocksOf(page: string, language: string): Promise<Block[]> {
  const text = await readFile(join(guide, page), 'utf8')
  const links = [...text.matchAll(/\]\((\.\.\/\.\.\/examples\/[^)]+\.ts)\)/g)].map((link) => ({
    at: link.index,
    file: join(guide, link[1] ?? ''),
  }))
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((block) => ({
    code: block[1] ?? '',
    before: links.filter(({ at }) => at < block.index).map(({ file }) => file),
    after: links.filter(({ at }) => at > block.index).map(({ file }) => file),
  }))
}

/** Lines without the indentation that they share. */
function dedent(code: string): string {
  const lines = code.split('\n')
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const depth = Math.min(...depths)
  return lines.map((line) => line.slice(depth)).join('\n')
}

/** Whether whole lines of the text, one after the other, are the code. */
function isIn(text: string, code: string): boolean {
  const [lines, wanted] = [text.split('\n'), dedent(code).trimEnd()]
  const count = wanted.split('\n').length
  return lines.some((_, first) => dedent(lines.slice(first, first + count).join('\n')).trimEnd() === wanted)
}

/** Pages about an example say so with a link; others have code of their own, tested where it is. */
describe.each(pages)('%s', (page) => {
  test('its code is that of the example', async () => {
    for (const { code, before, after } of await blocksOf(page, 'ts')) {
      const named = [...before.toReversed(), ...after.slice(0, 1)].filter((file) => file.startsWith(examples))
      if (named.length === 0) continue
      const texts = await Promise.all(named.map((file) => readFile(file, 'utf8')))
      expect(
        texts.some((text) => isIn(text, code)),
        `in ${named.map((file) => relative(repository, file)).join(', ')}:\n${code}`,
      ).toBe(true)
    }
  })

  test('every file that it links to or runs is there', async () => {
    const text = await readFile(join(guide, page), 'utf8')
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => join(guide, link ?? ''))
    const run = [...text.matchAll(/^npx node (\S+)/gm)].map(([, file]) => join(repository, file ?? ''))
    for (const file of [...links, ...run]) expect(existsSync(file), relative(dirname(repository), file)).toBe(true)
  })
})
