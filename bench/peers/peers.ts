/** All peers, by name. */
import { cloudflare } from './cloudflare.ts'
import { dbos } from './dbos.ts'
import type { OpenPeer } from './peer.ts'
import { restate } from './restate.ts'

const openers = { restate, dbos, cloudflare }

export type PeerName = keyof typeof openers

export const allPeers: readonly string[] = Object.keys(openers)

export const isPeer = (name: string): name is PeerName => Object.hasOwn(openers, name)

export const openPeer = (name: PeerName): OpenPeer => openers[name]
