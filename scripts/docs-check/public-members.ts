/**
 * What the built package shows to its users, read from its declarations by the compiler: every export of every door, and
 * every member of the classes and interfaces among them.
 *
 * A member belongs to the type that declares it; one inherited from a type that is not exported, to the heir. What the
 * platform declares (`message` of an error, `then` of a promise) is no member of ours.
 */
import { API, type Checker, type Symbol as Declared, type Project, SymbolFlags, type Type } from 'typescript/unstable/sync'

/** As `TaskContext.signal`, or `task` for an export itself. */
export type MemberName = string

interface Exported {
  name: string
  symbol: Declared
  checker: Checker
}

/** `doors` are absolute paths of declaration files; `folder` is where the package's own declarations are. */
export function publicMembers(doors: readonly string[], folder: string): Set<MemberName> {
  const api = new API({ cwd: folder })
  try {
    const snapshot = api.updateSnapshot({ openFiles: [...doors] })
    const exported = doors.flatMap((door) => exportsOf(snapshot.getDefaultProjectForFile(door), door))
    const owners = new Set(exported.map(({ symbol }) => placeOf(symbol)))
    return new Set(exported.flatMap((each) => [each.name, ...membersOf(each, owners, folder)]))
  } finally {
    api.close()
  }
}

function exportsOf(project: Project | undefined, door: string): Exported[] {
  const file = project?.program.getSourceFile(door)
  const module = file && project?.checker.getSymbolAtLocation(file)
  if (project === undefined || module === undefined) throw new Error(`${door}: it exports nothing`)
  const { checker } = project
  return checker.getExportsOfModule(module).map((each) => ({ name: each.name, symbol: aliased(checker, each), checker }))
}

function membersOf({ name, symbol, checker }: Exported, owners: ReadonlySet<string>, folder: string): MemberName[] {
  const isForeign = (member: Declared): boolean => {
    const owner = member.getParent()
    return (
      isOfPlatform(member, folder) || (owner !== undefined && placeOf(owner) !== placeOf(symbol) && owners.has(placeOf(owner)))
    )
  }
  return declaredIn(checker, symbol).flatMap((member) => (isForeign(member) ? [] : shown(checker, name, member, folder)))
}

/** The same for one declaration, from whichever door it is seen. */
const placeOf = ({ declarations }: Declared): string => declarations.map(({ path, index }) => `${path}:${index}`).join()

const aliased = (checker: Checker, symbol: Declared): Declared =>
  symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

function declaredIn(checker: Checker, symbol: Declared): Declared[] {
  if (!(symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface))) return []
  const isStatic = symbol.flags & SymbolFlags.Class
  const own = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).filter(isNamed)
  return isStatic ? [...own, ...[...symbol.getExports().values()].filter(({ name }) => name !== 'prototype')] : own
}

/** Not `#private`, and not a symbol of the platform. */
const isNamed = ({ name }: Declared): boolean => !name.startsWith('__')

const isOfPlatform = ({ declarations }: Declared, folder: string): boolean =>
  declarations.every(({ path }) => !path.toLowerCase().startsWith(folder.toLowerCase()))

/** A member, and what is in it when it is an object whose type has no name, as `state` of `{ state: { get(): … } }`. */
function shown(checker: Checker, owner: string, member: Declared, folder: string): MemberName[] {
  const name = `${owner}.${member.name}`
  const type = checker.getTypeOfSymbol(member)
  if (type === undefined || !isNamelessObject(type)) return [name]
  const inside = checker.getPropertiesOfType(type).filter((each) => isNamed(each) && !isOfPlatform(each, folder))
  return [name, ...inside.flatMap((each) => shown(checker, name, each, folder))]
}

const isNamelessObject = (type: Type): boolean => {
  const symbol = type.getSymbol()
  return symbol !== undefined && (symbol.flags & SymbolFlags.TypeLiteral) !== 0 && type.getAliasSymbol() === undefined
}
