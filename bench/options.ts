/** What `npm run bench` is asked for. */
import { parseArgs } from 'node:util'
import { allPeers, isPeer, type PeerName } from './peers/peers.ts'
import { allWorkloads, isWorkload, usualWorkloads, type WorkloadId } from './workloads.ts'

export interface BenchOptions {
  only: WorkloadId[]
  rounds: number
  quick: boolean
  /** Who else does the same jobs. */
  peers: PeerName[]
  /** Whether the figures go into `docs/performance.md`. */
  doc: boolean
  /** The file for the figures. */
  json: string | undefined
}

export function benchOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: usualWorkloads.join() },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      peers: { type: 'string', default: '' },
      doc: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const only = values.only.split(',').map((id) => {
    if (!isWorkload(id)) throw new RangeError(`--only takes some of ${allWorkloads.join()}, not ${JSON.stringify(id)}`)
    return id
  })
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds takes a whole number from 1, not ${values.rounds}`)
  const peers = values.peers.split(',').flatMap((name) => {
    if (name === '') return []
    if (!isPeer(name)) throw new RangeError(`--peers takes some of ${allPeers.join()}, not ${JSON.stringify(name)}`)
    return name
  })
  return { only, rounds, quick: values.quick, peers, doc: values.doc, json: values.json }
}
