/** The flows of a test environment: checked and numbered by the service's rules, kept in memory. */
import { type Answer, accepted, refused } from '../../engine/answer.ts'
import { checkFlow } from '../../engine/flow/check.ts'
import type { FlowPin } from '../../engine/flow/definition.ts'
import { flowToPin, type Pinned, type Startable, withFlow } from '../../engine/flow/pinning.ts'
import { versionToSave } from '../../engine/flow/saving.ts'
import type { SavedFlow } from '../../schemas/flow/saving.ts'

export class FlowShelf {
  /** By name, oldest first. */
  readonly #versions = new Map<string, FlowPin[]>()

  save(source: string): Answer<SavedFlow> {
    const checked = checkFlow(source)
    if (!checked.ok) {
      const errors = checked.problems.map(({ path, line, column, message }) => ({ path, message, line, column }))
      const said = errors.map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`)
      return { ok: false, refusal: { code: 'invalid_request', message: `the flow is not valid: ${said.join('; ')}`, errors } }
    }
    const { definition, hash, version } = checked.flow
    const { name } = definition
    const saved = this.#versions.get(name) ?? []
    const named = saved.find((pin) => pin.version === version)
    const given = versionToSave({ name, hash, ...(version !== undefined && { version }), latest: saved.at(-1), named })
    if (!given.ok) return given
    const pin: FlowPin = { name, version: given.value.version, hash, definition: JSON.stringify(definition) }
    if (given.value.created) this.#versions.set(name, [...saved, pin])
    return accepted({ name, version: pin.version, hash })
  }

  /** A start of a flow with the flow as it is saved now; a start of coded work as it is. */
  pinned<Start extends Startable>(start: Start): Answer<Pinned<Start>> {
    const named = flowToPin(start)
    if (!named.ok) return named
    if (named.value === undefined) return accepted(start)
    const { name, version } = named.value
    const saved = this.#versions.get(name) ?? []
    const pin = version === undefined ? saved.at(-1) : saved.find((each) => each.version === version)
    if (pin !== undefined) return withFlow(start, pin)
    return refused('not_found', `there is no flow ${version === undefined ? name : `${name}@${version}`}`)
  }
}
