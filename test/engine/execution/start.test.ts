/** A start that is repeated under an idempotency key starts once. */
import { describe, expect, it } from 'vitest'
import { terminate } from '../../../engine/execution/closing.ts'
import { Specimen } from './specimen.ts'

describe('Idempotency-Key', () => {
  it.each(['FAIL', 'TERMINATE_EXISTING', 'USE_EXISTING'] as const)(
    'onConflict %s: the same request again finds its run',
    (onConflict) => {
      const specimen = new Specimen()
      specimen.start({ bodyHash: 'a', onConflict })
      expect(specimen.start({ bodyHash: 'a', onConflict })).toMatchObject({ ok: true, value: { run: 1, isNew: false } })
    },
  )

  it.each(['ALLOW', 'ALLOW_AFTER_FAILURE', 'REJECT'] as const)('idReuse %s: also when the run is closed', (idReuse) => {
    const specimen = new Specimen()
    specimen.start({ bodyHash: 'a', idReuse })
    specimen.turn((draft) => terminate(draft, 'test', undefined))
    expect(specimen.start({ bodyHash: 'a', idReuse })).toMatchObject({ ok: true, value: { run: 1, isNew: false } })
  })

  it('another body is a conflict, of another kind too', () => {
    const specimen = new Specimen()
    specimen.start({ bodyHash: 'a' })
    const other = specimen.start({ bodyHash: 'b', kind: 'another' })
    expect(other).toMatchObject({ ok: false, refusal: { code: 'idempotency_conflict' } })
  })
})
