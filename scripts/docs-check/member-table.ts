/** `docs/sdk-members.md`: each row names members of the package, and the tests that prove them. */
import type { MemberName } from './public-members.ts'

export interface TestReference {
  /** From the top of the repository. */
  file: string
  title: string
}

export interface Row {
  line: number
  members: MemberName[]
  tests: TestReference[]
}

/** Rows begin with a name in backticks: `` | `Client.start` `Client.handle` | test/… › title <br> test/… › title | ``. */
export function readRows(markdown: string): Row[] {
  return markdown.split('\n').flatMap((text, index) => {
    if (!text.startsWith('| `')) return []
    const [, members = '', tests = ''] = text.split(/(?<!\\)\|/)
    return [
      {
        line: index + 1,
        members: [...members.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''),
        tests: tests.split('<br>').map(readReference),
      },
    ]
  })
}

function readReference(text: string): TestReference {
  const [file = '', ...title] = text.split(' › ')
  return { file: file.trim(), title: title.join(' › ').trim().replaceAll('\\|', '|') }
}

/** What is wrong with the table, a line each; none when it is right. */
export function disagreements(
  rows: readonly Row[],
  members: ReadonlySet<MemberName>,
  titles: (file: string) => ReadonlySet<string>,
): string[] {
  const named = new Map<MemberName, number>()
  const wrong: string[] = []
  for (const { line, members: names, tests } of rows) {
    for (const name of names) {
      const earlier = named.get(name)
      if (earlier !== undefined) wrong.push(`line ${line}: ${name} has a row already, in line ${earlier}`)
      else if (!members.has(name)) wrong.push(`line ${line}: the package has no ${name}`)
      named.set(name, earlier ?? line)
    }
    for (const { file, title } of tests)
      if (!titles(file).has(title)) wrong.push(`line ${line}: there is no test ${JSON.stringify(title)} in ${file || 'no file'}`)
  }
  for (const name of members) if (!named.has(name)) wrong.push(`${name} has no row`)
  return wrong
}
