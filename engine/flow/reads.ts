/**
 * What an expression reads, and what it may not do: `matches` (a regular expression may take for ever), and a loop inside
 * a loop (`map`, `filter`, `all`, `exists`), which is what makes a short expression slow.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { type OutcomeFunction, outcomeFunctions } from './outcome-functions.ts'
import { childrenOf } from './syntax-tree.ts'

export interface Read {
  offset: number
  name: string
  /** The field that is read of it, where the expression says it: `files` of `vars.files` and of `vars["files"]`. */
  field?: string
  /** And what is read of that: `output` of `tasks.list.output`. */
  member?: string
}

export interface Reads {
  names: Read[]
  outcome: { offset: number; name: OutcomeFunction }[]
  /** Variables of loops. */
  loops: { offset: number; name: string }[]
}

const loopNames = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

export type ReadsAnswer = { reads: Reads } | { problem: { offset: number; message: string } }

export function readsOf(root: ASTNode): ReadsAnswer {
  const reads: Reads = { names: [], outcome: [], loops: [] }
  let problem: { offset: number; message: string } | undefined
  const refuse = (node: ASTNode, message: string) => {
    problem ??= { offset: node.start, message }
  }

  const visit = (node: ASTNode, bound: string | undefined): void => {
    if (node.op === 'id') {
      if (node.args !== bound) reads.names.push({ offset: node.start, name: node.args })
      return
    }
    const read = readOf(node)
    if (read !== undefined && read.name !== bound) {
      reads.names.push(read)
      return
    }
    if (node.op === 'call') {
      const [name, args] = node.args
      if (name === 'matches') refuse(node, '`matches` is not taken: use contains, startsWith or endsWith')
      if (outcomeFunctions.has(name)) {
        if (args.length > 0) refuse(node, `\`${name}()\` takes no arguments`)
        reads.outcome.push({ offset: node.start, name })
      }
    }
    if (node.op === 'rcall') {
      const [name, receiver, args] = node.args
      if (name === 'matches') refuse(node, '`matches` is not taken: use contains, startsWith or endsWith')
      const [variable, ...bodies] = args
      if (loopNames.has(name) && variable !== undefined) {
        visit(receiver, bound)
        if (bound !== undefined) refuse(node, `\`${name}\` stands inside another loop: loops are not nested`)
        if (variable.op !== 'id') refuse(variable, `\`${name}\` names its variable first`)
        else {
          reads.loops.push({ offset: variable.start, name: variable.args })
          for (const body of bodies) visit(body, variable.args)
        }
        return
      }
    }
    for (const child of childrenOf(node)) visit(child, bound)
  }

  visit(root, undefined)
  return problem === undefined ? { reads } : { problem }
}

/** `name.field` and `name.field.member`, each also as `["field"]`. */
function readOf(node: ASTNode): Read | undefined {
  const last = stepOf(node)
  if (last === undefined) return undefined
  if (last.owner.op === 'id') return { offset: node.start, name: last.owner.args, field: last.name }
  const first = stepOf(last.owner)
  if (first?.owner.op !== 'id') return undefined
  return { offset: node.start, name: first.owner.args, field: first.name, member: last.name }
}

function stepOf(node: ASTNode): { owner: ASTNode; name: string } | undefined {
  if (node.op === '.') return { owner: node.args[0], name: node.args[1] }
  if (node.op !== '[]') return undefined
  const [owner, key] = node.args
  return key.op === 'value' && typeof key.args === 'string' ? { owner, name: key.args } : undefined
}
