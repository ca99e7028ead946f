/** A flow file that has been checked, as the definition that a run keeps: defaults filled in, durations in milliseconds. */
import { parseDuration } from '../../schemas/duration.ts'
import type { FlowFile, FlowFileEdge, FlowFileTask } from '../../schemas/flow/file.ts'
import { type RetryPolicy, retryDefaults } from '../../schemas/retry.ts'
import type { FlowAction, FlowDefinition, FlowEdge, FlowItems, FlowTask } from './definition.ts'
import { sourcesOf, startOf } from './graph.ts'
import { onlyExpression } from './template.ts'

export function compileFlow(file: FlowFile): FlowDefinition {
  const sources = sourcesOf(file)
  return {
    name: file.flow,
    ...(file.input !== undefined && { input: file.input }),
    vars: file.vars ?? {},
    tasks: Object.entries(file.tasks).map(([name, task]) => compileTask(name, task, sources.get(name) ?? [])),
    start: startOf(file),
    ...(file.output !== undefined && { output: file.output }),
    cancellation: file.cancellation ?? 'cancel_running',
    onCancel: file.on_cancel ?? [],
    maxSteps: file.max_steps ?? 1_000,
    ...(file.timeout !== undefined && { timeoutMs: ms(file.timeout) }),
  }
}

const ms = (duration: number | string): number => Math.ceil(typeof duration === 'number' ? duration : parseDuration(duration))

function compileTask(name: string, task: FlowFileTask, sources: string[]): FlowTask {
  return {
    name,
    action: actionOf(task),
    ...(task.with_items !== undefined && { items: itemsOf(task.with_items, task.concurrency ?? 1) }),
    ...(task.join !== undefined && {
      join: { need: task.join === 'all' ? sources.length : task.join, onUnreachable: task.on_unreachable ?? 'fail' },
    }),
    exclusive: task.exclusive ?? false,
    next: (task.next ?? []).map(compileEdge),
    sources,
  }
}

function actionOf(task: FlowFileTask): FlowAction {
  const timeout = task.timeout === undefined ? {} : { timeoutMs: ms(task.timeout) }
  const given = {
    ...(task.input !== undefined && { input: task.input }),
    ...(task.queue !== undefined && { queue: task.queue }),
    ...timeout,
  }
  if (task.wait_for !== undefined) {
    const { signal, promise } = task.wait_for
    return { type: 'wait', on: signal === undefined ? 'promise' : 'signal', name: signal ?? promise ?? '', ...timeout }
  }
  if (task.flow !== undefined) return { type: 'flow', kind: `flow:${task.flow}`, ...given }
  return { type: 'task', kind: task.task ?? '', ...given, priority: task.priority ?? 0, retry: retryOf(task.retry) }
}

function retryOf(retry: FlowFileTask['retry']): RetryPolicy {
  const { initialInterval, maximumInterval, backoffCoefficient, maximumAttempts, nonRetryable } = retry ?? {}
  return {
    initialIntervalMs: initialInterval === undefined ? retryDefaults.initialIntervalMs : ms(initialInterval),
    backoffCoefficient: backoffCoefficient ?? retryDefaults.backoffCoefficient,
    maximumIntervalMs: maximumInterval === undefined ? retryDefaults.maximumIntervalMs : ms(maximumInterval),
    maximumAttempts: maximumAttempts ?? retryDefaults.maximumAttempts,
    nonRetryable: nonRetryable ?? [],
  }
}

function itemsOf(given: NonNullable<FlowFileTask['with_items']>, concurrency: number | string): FlowItems {
  const file = typeof given === 'string' ? { in: given } : given
  return {
    in: file.in,
    as: file.as ?? 'item',
    ...(file.key !== undefined && { key: file.key }),
    onItemFailure: file.on_item_failure ?? 'drain',
    tolerate: {
      ...(file.tolerate?.count !== undefined && { count: file.tolerate.count }),
      ...(file.tolerate?.percent !== undefined && { percent: file.tolerate.percent }),
    },
    batchSize: file.batch?.size ?? 1,
    concurrency,
  }
}

function compileEdge(edge: FlowFileEdge): FlowEdge {
  const when = edge.when === undefined ? undefined : onlyExpression(edge.when)
  return { ...(when !== undefined && { when }), publish: edge.publish ?? {}, do: edge.do ?? [] }
}
