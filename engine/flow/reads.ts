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
    const field = fieldOf(node)
    if (field !== undefined && field.owner !== bound) {
      reads.names.push({ offset: node.start, name: field.owner, field: field.name })
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

function fieldOf(node: ASTNode): { owner: string; name: string } | undefined {
  if (node.op === '.') {
    const [owner, name] = node.args
    return owner.op === 'id' ? { owner: owner.args, name } : undefined
  }
  if (node.op === '[]') {
    const [owner, key] = node.args
    if (owner.op !== 'id' || key.op !== 'value' || typeof key.args !== 'string') return undefined
    return { owner: owner.args, name: key.args }
  }
  return undefined
}
