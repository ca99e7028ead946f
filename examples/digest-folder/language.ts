/** The language of a file, by its extension alone. */
import { extname } from 'node:path'

const extensions: Record<string, readonly string[]> = {
  TypeScript: ['.ts', '.mts', '.cts', '.tsx'],
  JavaScript: ['.js', '.mjs', '.cjs', '.jsx'],
  JSON: ['.json', '.jsonc', '.json5', '.map'],
  Markdown: ['.md', '.mdx', '.markdown'],
  YAML: ['.yml', '.yaml'],
  TOML: ['.toml'],
  HTML: ['.html', '.htm'],
  CSS: ['.css', '.scss', '.less'],
  Shell: ['.sh', '.bash', '.zsh'],
  Python: ['.py'],
  Rust: ['.rs'],
  Go: ['.go'],
  C: ['.c', '.h'],
  'C++': ['.cc', '.cpp', '.cxx', '.hh', '.hpp'],
  Java: ['.java'],
  SQL: ['.sql'],
  "Cap'n Proto": ['.capnp'],
  Text: ['.txt', '.text', '.log', '.csv'],
}

const byExtension = new Map(
  Object.entries(extensions).flatMap(([language, own]) => own.map((extension) => [extension, language])),
)

export const otherLanguage = 'Other'

export const languageOf = (path: string): string => byExtension.get(extname(path).toLowerCase()) ?? otherLanguage
