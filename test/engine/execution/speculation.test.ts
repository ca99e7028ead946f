/** Speculation (`then`): commands that follow from what is being reported, in the same commit, or not at all. */
import { describe, expect, it } from 'vitest'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { takeReports } from '../../../engine/execution/requests.ts'
import { holder, Specimen, schedule, scheduleMany } from './specimen.ts'

interface Said {
  tasks: { id: string; attempt: number }[]
  basedOn: number
  commands: WorkflowCommand[]
  activationAt?: number
  accept?: number
}

function request(specimen: Specimen, { tasks, basedOn, commands, activationAt = specimen.now, accept = 0 }: Said) {
  const reports = tasks.map(({ id, attempt }) => ({ type: 'task' as const, run: 1, id, attempt, output: '1' }))
  const carried = { queue: 'default', workflow: accept, task: accept, workflowKinds: ['flow'], taskKinds: ['work'] }
  const more = { reports: [], then: { run: 1, basedOn, activationAt, commands, awaiting: [] }, accept: carried }
  return specimen.turn((draft) => takeReports(draft, reports, more, holder('s1')))
}

function oneTaskOut(): { specimen: Specimen; task: { id: string; attempt: number } } {
  const specimen = Specimen.running([schedule(1)])
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task')
  return { specimen, task }
}

describe('speculation', () => {
  it('P10 is taken when the log still ends where the worker believes: report and block are one commit', () => {
    const { specimen, task } = oneTaskOut()
    const before = specimen.commits
    const { speculation, parcels } = request(specimen, { tasks: [task], basedOn: 3, commands: [schedule(2)], accept: 1 })
    expect(speculation).toBe('taken')
    expect(parcels).toMatchObject([{ type: 'task', id: 'task-2', attempt: 1 }])
    expect(specimen.commits - before).toBe(1)
    expect(specimen.types().slice(3)).toEqual(['TASK_COMPLETED', 'TASK_SCHEDULED', 'WORKFLOW_SUSPENDED'])
    expect(specimen.log.at(-1)).toMatchObject({ data: { snapshotSequence: 4, commandsFrom: 5 } })
    expect(specimen.run.activation).toBeUndefined()
  })

  it('without commands only the snapshot moves: no activation is wanted for what the worker has seen', () => {
    const specimen = Specimen.running(scheduleMany(2))
    const [task] = specimen.claim('task', 'work')
    expect(request(specimen, { tasks: [task ?? { id: '', attempt: 0 }], basedOn: 4, commands: [] }).speculation).toBe('taken')
    expect(specimen.types().at(-1)).toBe('TASK_COMPLETED')
    expect(specimen.run.activation).toBeUndefined()
  })

  const hindrances: [string, (specimen: Specimen, said: Said) => Said][] = [
    [
      'another event came first',
      (specimen, said) => {
        specimen.say({ type: 'task', run: 1, id: 'task-2', attempt: 1, output: '2' })
        return said
      },
    ],
    [
      'the report was taken before',
      (specimen, said) => {
        specimen.complete(said.tasks[0] ?? { id: '', attempt: 0 })
        return { ...said, basedOn: specimen.run.lastSequence }
      },
    ],
    ['the attempt is not the open one', (_, said) => ({ ...said, tasks: [{ id: 'task-1', attempt: 9 }] })],
    [
      'an activation is out',
      (specimen, said) => {
        specimen.complete({ id: 'task-2', attempt: 1 })
        specimen.activate()
        return { ...said, basedOn: specimen.run.lastSequence }
      },
    ],
    ['its time is before the last activation', (_, said) => ({ ...said, activationAt: 5 })],
    ['its time is after the service’s clock', (specimen, said) => ({ ...said, activationAt: specimen.now + 1 })],
    ['a command in it is wrong', (_, said) => ({ ...said, commands: [schedule(1)] })],
  ]
  it.each(hindrances)('is dropped when %s: only the report counts', (_, hinder) => {
    const specimen = Specimen.running(scheduleMany(2))
    const [task] = specimen.claim('task', 'work', 2)
    const said = hinder(specimen, { tasks: [task ?? { id: '', attempt: 0 }], basedOn: 4, commands: [schedule(3)] })
    expect(request(specimen, said).speculation).toBe('dropped')
    expect(specimen.count('TASK_SCHEDULED')).toBe(2)
  })

  it('a run that completes in it is closed in the same commit', () => {
    const { specimen, task } = oneTaskOut()
    request(specimen, { tasks: [task], basedOn: 3, commands: [{ type: 'COMPLETE_WORKFLOW', output: '1' }] })
    expect(specimen.types().slice(3)).toEqual(['TASK_COMPLETED', 'WORKFLOW_COMPLETED'])
  })
})
