/**
 * The text of a flow, YAML or JSON, as JSON with the place of everything in it. Aliases are followed within a budget, so
 * a small text cannot become a large value.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { FlowProblem } from '../../schemas/flow/saving.ts'
import type { Json } from '../../schemas/values.ts'
import { excessOf } from './nesting.ts'
import { type Path, Places } from './places.ts'

/** Values in a flow, each alias counted with what it stands for. */
const valuesTaken = 20_000
const levelsTaken = 60
/** The library looks for each anchor from the beginning. */
const aliasesTaken = 100
const jsonTags = new Set(['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].map((name) => `tag:yaml.org,2002:${name}`))
const syntaxProblemsShown = 100

export interface Source {
  /** Undefined when nothing could be read. */
  value?: Json
  places: Places
  problems: FlowProblem[]
}

export function readSource(text: string): Source {
  const lines = new LineCounter()
  const places = new Places(lines)
  const excess = excessOf(text)
  if (excess !== undefined) {
    lines.addNewLine(0)
    for (const { index } of text.slice(0, excess.offset).matchAll(/\n/g)) lines.addNewLine(index + 1)
    return { places, problems: [places.problemAt(excess.offset, [], excess.message)] }
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Checked here: the library compares each key with each other.
    uniqueKeys: false,
    version: '1.2',
    schema: 'core',
    logLevel: 'error',
  })
  const problems = document.errors
    .slice(0, syntaxProblemsShown)
    .map(({ pos: [start], message }) => places.problemAt(start, [], message))
  if (problems.length > 0) return { places, problems }

  let left = valuesTaken
  let aliases = 0
  const report = (path: Path, offset: number, message: string) => {
    problems.push(places.problemAt(offset, path, message))
  }

  const read = (node: unknown, path: Path, at: number, levels: number): Json => {
    left -= 1
    if (left < 0 || levels > levelsTaken) {
      // Said once: what is too much is not read further.
      if (left !== Number.NEGATIVE_INFINITY) {
        const excess = left < 0 ? `a flow has at most ${valuesTaken} values` : `a flow is nested at most ${levelsTaken} deep`
        report(path, at, `${excess}, what aliases stand for included`)
      }
      left = Number.NEGATIVE_INFINITY
      return null
    }
    if (isAlias(node)) {
      aliases += 1
      if (aliases > aliasesTaken) {
        if (aliases === aliasesTaken + 1) report(path, node.range?.[0] ?? at, `a flow has at most ${aliasesTaken} aliases`)
        return null
      }
      const target = node.resolve(document)
      if (target !== undefined) return read(target, path, node.range?.[0] ?? at, levels + 1)
      report(path, node.range?.[0] ?? at, `there is no anchor &${node.source} before this`)
      return null
    }
    if (isScalar(node)) {
      const offset = node.range?.[0] ?? at
      places.value(path, offset)
      return scalar(node.value, node.tag, path, offset)
    }
    if (isSeq(node)) {
      const offset = node.range?.[0] ?? at
      places.value(path, offset)
      tagged(node.tag, path, offset)
      return node.items.map((item, index) => read(item, [...path, index], offset, levels + 1))
    }
    if (isMap(node)) {
      const offset = node.range?.[0] ?? at
      places.value(path, offset)
      tagged(node.tag, path, offset)
      const entries = new Map<string, Json>()
      for (const { key, value } of node.items) {
        if (!isScalar(key)) {
          report(path, offset, 'a key is text')
          continue
        }
        const name = String(key.value)
        const keyOffset = key.range?.[0] ?? offset
        const keyPath = [...path, name]
        if (entries.has(name)) report(keyPath, keyOffset, `the key ${name} is there twice`)
        else places.key(keyPath, keyOffset)
        entries.set(name, read(value, keyPath, keyOffset, levels + 1))
      }
      return Object.fromEntries(entries)
    }
    return null
  }

  const tagged = (tag: string | undefined, path: Path, offset: number) => {
    if (tag !== undefined && !jsonTags.has(tag)) report(path, offset, `tags are not taken: ${tag}`)
  }

  const scalar = (value: unknown, tag: string | undefined, path: Path, offset: number): Json => {
    tagged(tag, path, offset)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    report(path, offset, 'the value is not JSON')
    return null
  }

  const value = read(document.contents, [], 0, 0)
  return { value, places, problems }
}
