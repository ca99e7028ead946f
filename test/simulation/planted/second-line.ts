/**
 * Bugs that were met, and of which no seed can be seen to fail any more: what they lose is found missing by other means, in
 * time. They are planted all the same, and a test must find them.
 */
import { edit, type Plant } from './plant.ts'

interface HeldByTest extends Plant {
  what: string
  /** The file of the test that fails. */
  test: string
}

export const secondLine: readonly HeldByTest[] = [
  {
    name: 'found-late-activation',
    test: 'test/sdk/worker/activation-work.test.ts',
    what: 'an activation that came late, after others, ended the side effects of the run, and nobody was told',
    edits: [edit('sdk/worker/activation-work.ts', ' && snapshotSequence < kept.known', ' && snapshotSequence < 0')],
  },
  {
    name: 'found-silent-side-effects',
    test: 'test/engine/execution/operations.test.ts',
    what: 'each restart of an execution renewed the lease of its side effects: that they were not done any more was never found out',
    edits: [
      edit(
        'engine/execution/due.ts',
        'signBefore(operations.lease, activationLeaseMs, now)',
        'signBefore(operations.lease, undefined, now)',
      ),
    ],
  },
]
