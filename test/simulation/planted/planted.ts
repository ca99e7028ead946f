/** All bugs that are planted to see whether the simulator finds them. */
import { inFlows } from './flows.ts'
import { inLeases } from './leases.ts'
import { inLog } from './log.ts'
import { met } from './met.ts'
import { metListed } from './met-listed.ts'
import type { Plant } from './plant.ts'

export const planted: readonly Plant[] = [...inLog, ...inLeases, ...inFlows, ...met, ...metListed]
