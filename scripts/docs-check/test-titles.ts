/** The titles of the tests in files, as the compiler reads them; what is skipped or only planned is no test. */
import type { Expression, Node, SourceFile } from 'typescript/unstable/ast'
import { isCallExpression, isIdentifier, isPropertyAccessExpression, isStringLiteralLikeNode } from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'

/** By file; a file that is not there has none. `files` are absolute paths. */
export function testTitles(files: readonly string[], folder: string): Map<string, Set<string>> {
  const api = new API({ cwd: folder })
  try {
    const snapshot = api.updateSnapshot({ openFiles: [...files] })
    return new Map(
      files.map((file) => {
        const source = snapshot.getDefaultProjectForFile(file)?.program.getSourceFile(file)
        return [file, new Set(source === undefined ? [] : titlesIn(source))]
      }),
    )
  } finally {
    api.close()
  }
}

function titlesIn(file: SourceFile): string[] {
  const titles: string[] = []
  const visit = (node: Node): void => {
    const title = isCallExpression(node) && isTest(node.expression) ? node.arguments[0] : undefined
    if (title !== undefined && isStringLiteralLikeNode(title)) titles.push(title.text)
    node.forEachChild(visit)
  }
  visit(file)
  return titles
}

const runners: ReadonlySet<string> = new Set(['test', 'it'])
const notRun: ReadonlySet<string> = new Set(['skip', 'todo', 'skipIf', 'fails'])

/** `test`, `it.each([…])`, `test.concurrent`. */
function isTest(callee: Expression): boolean {
  if (isIdentifier(callee)) return runners.has(callee.text)
  if (isCallExpression(callee)) return isTest(callee.expression)
  return isPropertyAccessExpression(callee) && !notRun.has(callee.name.text) && isTest(callee.expression)
}
