/**
 * One per organisation: its document, read often and written rarely, which is what itty-durable is made for. A shell:
 * the rules are in `engine/organisation/`.
 *
 * 1. Stored only when it changed, and before the caller is answered.
 * 2. Answers values and throws nothing: over this wire an exception loses its type.
 * 3. Arguments arrive in a request header, so what may hold other than ASCII comes as one JSON text (see `stubs.ts`).
 */
import { createDurable } from 'itty-durable'
import {
  type AddKey,
  addKey,
  type Changed,
  type CreateOrganisation,
  createOrganisation,
  type Organisation,
  patchSettings,
  rememberQueue,
  removeKey,
} from '../engine/organisation/organisation.ts'
import type { SettingsPatch } from '../schemas/organisation.ts'

/** What the rest of the service asks of it; `durable/stubs.ts` speaks it over the wire. */
export interface SettingsPort {
  read(): Promise<{ organisation: Organisation | null }>
  create(request: CreateOrganisation): Promise<Changed<{ isNew: boolean }>>
  patch(request: SettingsPatch): Promise<Changed<object>>
  addKey(request: AddKey): Promise<Changed<{ keyId: string; isNew: boolean }>>
  removeKey(keyId: string): Promise<Changed<object>>
  rememberQueue(queue: string): Promise<Changed<object>>
}

export class OrgSettings extends createDurable({ autoPersist: false }) {
  /** Public, because itty-durable stores the object's own enumerable fields. */
  organisation: Organisation | null = null

  read(): { organisation: Organisation | null } {
    return { organisation: this.organisation }
  }

  create(request: string): Promise<Changed<{ isNew: boolean }>> {
    return this.#store(createOrganisation(this.organisation, JSON.parse(request) as CreateOrganisation, Date.now()))
  }

  patch(request: string): Promise<Changed<object>> {
    return this.#store(patchSettings(this.organisation, JSON.parse(request) as SettingsPatch, Date.now()))
  }

  addKey(request: string): Promise<Changed<{ keyId: string; isNew: boolean }>> {
    return this.#store(addKey(this.organisation, JSON.parse(request) as AddKey, Date.now()))
  }

  removeKey(keyId: string): Promise<Changed<object>> {
    return this.#store(removeKey(this.organisation, keyId))
  }

  rememberQueue(queue: string): Promise<Changed<object>> {
    return this.#store(rememberQueue(this.organisation, queue))
  }

  async #store<Value>(changed: Changed<Value>): Promise<Changed<Value>> {
    if (changed.ok && changed.value.organisation !== this.organisation) {
      this.organisation = changed.value.organisation
      await this.persist()
    }
    return changed
  }
}
