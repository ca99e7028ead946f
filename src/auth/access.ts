/** Who may do what: one row for each kind of route, complete. The table in the guide says the same in words. */
import type { Role } from '../../schemas/organisation.ts'

export type Access = 'own' | 'administer' | 'define' | 'operate' | 'read' | 'history' | 'queues' | 'work'

export const accessTable: Readonly<Record<Access, { roles: readonly Role[]; what: string }>> = {
  own: { roles: [], what: 'create the organisation: the root key alone' },
  administer: { roles: ['admin'], what: 'settings and keys' },
  define: { roles: ['admin'], what: 'save flows' },
  operate: { roles: ['admin', 'client'], what: 'start and steer executions' },
  read: { roles: ['admin', 'client', 'viewer'], what: 'read executions' },
  history: { roles: ['admin', 'client', 'viewer', 'worker'], what: 'read a log; a worker only with a token of work it holds' },
  queues: { roles: ['admin', 'client', 'viewer'], what: 'read queues and workers' },
  work: { roles: ['admin', 'worker'], what: 'the doors for workers' },
}
