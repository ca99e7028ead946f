/** The context of a workflow: every member is a call to the run's state. */
import { type LogEntry, loggerTo } from '../../definition/logger.ts'
import type { WorkflowContext } from '../../definition/workflow-context.ts'
import { map } from '../combinators.ts'
import { handled } from '../deferred.ts'
import type { RunState } from '../run-state.ts'
import { runIn } from '../scope.ts'
import type { Generator } from '../seed.ts'
import { Caller } from './caller.ts'
import { makeChild } from './children.ts'
import { makeUntil } from './conditions.ts'
import { makeExecution } from './externals.ts'
import { makeInfo } from './info.ts'
import { makePromise } from './promises.ts'
import { makeRun } from './side-effects.ts'
import { makeSignals } from './signals.ts'
import { makeSetAttributes, makeState } from './state.ts'
import { makeTask } from './tasks.ts'
import { makeTimers } from './timers.ts'

export interface ContextOptions {
  state: RunState
  executionId: string
  run: number
  generator: Generator
  log: (entry: LogEntry) => void
}

/** Of an organisation's ten thousand executions each has one: what is rarely used is made when it is. */
export function makeContext(options: ContextOptions, isShielded = false): WorkflowContext {
  const { state, executionId, run, generator, log } = options
  const caller = new Caller({ state, executionId, run, isShielded })
  const { cancellation } = state
  let shielded: WorkflowContext | undefined
  return {
    task: makeTask(caller),
    child: makeChild(caller),
    execution: makeExecution(caller),
    promise: makePromise(caller),
    until: makeUntil(caller),
    run: makeRun(caller),
    ...makeTimers(caller),
    ...makeSignals(caller),
    map: (items, fn, { concurrency = Number.POSITIVE_INFINITY } = {}) => handled(map(items, fn, concurrency)),
    state: makeState(caller),
    setAttributes: makeSetAttributes(caller),
    cancellation: {
      get requested() {
        return cancellation.isRequested
      },
      get reason() {
        return cancellation.reason
      },
      signal: cancellation.signal,
    },
    shield(fn) {
      shielded ??= makeContext(options, true)
      const inner = shielded
      return handled((async () => fn(inner))())
    },
    now() {
      state.enterOrThrow('now')
      state.observed = true
      return state.edge.at
    },
    random() {
      state.enterOrThrow('random')
      return generator.random()
    },
    uuid() {
      state.enterOrThrow('uuid')
      return generator.uuid()
    },
    log: loggerTo((level, message, fields) => {
      if (state.isLive && state.active) runIn(undefined, () => log({ level, message, fields, executionId, run }))
    }),
    info: makeInfo(caller),
  }
}
