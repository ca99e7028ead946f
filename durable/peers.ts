/**
 * The door between processes that divide the objects: whoever needs an object that lives here calls it through this. It is
 * bound to a socket that only the processes themselves can open, and to nothing else.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { Env, ObjectKind, Peer } from './env.ts'
import { homeOf } from './homes.ts'
import { type AnyObject, addressOf, callObject, localObject } from './stubs.ts'

export class Peers extends WorkerEntrypoint<Env> implements Peer {
  /** A method of an object that lives here. */
  async call(kind: ObjectKind, name: string, method: string, args: unknown[]): Promise<unknown> {
    return callObject(this.#object(kind, name), method, args)
  }

  /** A request to an object that lives here; without an address, whether this process is there. */
  override async fetch(request: Request): Promise<Response> {
    const address = addressOf(request)
    return address === undefined ? new Response('ready') : this.#object(address.kind, address.name).fetch(request)
  }

  /** L1: a process that counts differently would make a second object of the same name. */
  #object(kind: ObjectKind, name: string): AnyObject {
    if (homeOf(this.env.PERDURE_PROCESS, name) !== undefined)
      throw new Error(`${kind} ${name} does not live in process ${this.env.PERDURE_PROCESS}`)
    return localObject(this.env, kind, name)
  }
}
