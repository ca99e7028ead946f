/** What a flow should do, told in the simplest way: everything is looked through at every step. Knows nothing of the log. */
import type { FlowDefinition, FlowTask } from '../../../engine/flow/definition.ts'

type ItemState = 'parked' | 'out' | 'ok' | 'bad' | 'gone' | 'skipped'

interface OpenVisit {
  task: string
  visit: number
  items: ItemState[]
}

export class Oracle {
  readonly #definition: FlowDefinition
  readonly #lengths: Record<string, number>
  readonly #starts: string[]
  readonly #visits: Record<string, number> = {}
  #arrivals: { from: string; to: string }[] = []
  #touched: OpenVisit[] = []
  #unhandled = false
  #isCancelled = false
  #isPaused = false
  open: OpenVisit[] = []
  closings: string[] = []
  status: string | undefined

  constructor(definition: FlowDefinition, lengths: Record<string, number>) {
    this.#definition = definition
    this.#lengths = lengths
    this.#starts = [...definition.start]
    this.#settle()
  }

  /** Of open visits: the indexes of what is out. */
  out(): string[] {
    return this.open.flatMap(({ task, visit, items }) =>
      items.flatMap((item, index) => (item === 'out' ? [`${task}#${visit}/${index}`] : [])),
    )
  }

  ended(task: string, visit: number, index: number, ok: boolean): void {
    const open = this.open.find((each) => each.task === task && each.visit === visit)
    if (open === undefined) throw new Error(`${task}#${visit} is not open`)
    open.items[index] = ok ? 'ok' : 'bad'
    this.#touch(open)
    this.#settle()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#settle()
  }

  cancel(): void {
    this.#isCancelled = true
    this.#starts.length = 0
    this.#arrivals = []
    for (const visit of this.open) {
      if (this.#definition.cancellation === 'cancel_running')
        visit.items = visit.items.map((item) => (item === 'out' ? 'gone' : item))
      this.#touch(visit)
    }
    this.#settle()
  }

  #touch(visit: OpenVisit): void {
    if (!this.#touched.includes(visit)) this.#touched.push(visit)
  }

  #settle(): void {
    if (this.#isPaused || this.status !== undefined) return
    for (;;) {
      const visit = this.#touched.shift()
      if (visit !== undefined) {
        this.#look(visit)
        continue
      }
      const next = this.#starts.shift()
      if (next === undefined) break
      const steps = Object.values(this.#visits).reduce((sum, each) => sum + each, 0)
      if (steps >= this.#definition.maxSteps) {
        this.status = 'FAILED'
        return
      }
      const number = (this.#visits[next] ?? 0) + 1
      this.#visits[next] = number
      const opened: OpenVisit = {
        task: next,
        visit: number,
        items: Array.from({ length: this.#lengths[next] ?? 1 }, () => 'parked'),
      }
      this.open.push(opened)
      this.#touch(opened)
    }
    if (this.open.length > 0) return
    if (this.#isCancelled) this.status = 'CANCELLED'
    else this.status = this.#unhandled || this.#hasStuckJoin() ? 'FAILED' : 'COMPLETED'
  }

  #look(visit: OpenVisit): void {
    const task = this.#task(visit.task)
    const bad = visit.items.filter((item) => item === 'bad' || item === 'gone').length
    const isStopped = this.#isCancelled || (task.items?.onItemFailure === 'stop' && bad > 0)
    const limit = Number(task.items?.concurrency ?? 1) || Number.POSITIVE_INFINITY
    while (!isStopped && visit.items.includes('parked') && visit.items.filter((item) => item === 'out').length < limit)
      visit.items[visit.items.indexOf('parked')] = 'out'
    if (visit.items.includes('out') || (!isStopped && visit.items.includes('parked'))) return
    const wasCut = this.#isCancelled && visit.items.some((item) => item === 'gone' || item === 'parked')
    visit.items = visit.items.map((item) => (item === 'parked' ? 'skipped' : item))
    this.open = this.open.filter((each) => each !== visit)
    const ok = task.items?.onItemFailure === 'continue' || bad === 0
    this.closings.push(`${visit.task}#${visit.visit} ${wasCut ? 'cancelled' : ok ? 'succeeded' : 'failed'}`)
    if (!this.#isCancelled) this.#leave(task, ok)
  }

  #leave(task: FlowTask, ok: boolean): void {
    const matching = task.next.filter(({ when }) => when === 'always()' || (when === 'failed()' ? !ok : ok))
    const fired = task.exclusive ? matching.slice(0, 1) : matching
    if (!ok && fired.length === 0) this.#unhandled = true
    for (const to of fired.flatMap((edge) => edge.do)) {
      const { join } = this.#task(to)
      if (join === undefined) {
        this.#starts.push(to)
        continue
      }
      this.#arrivals.push({ from: task.name, to })
      const sources = new Set(this.#arrivals.filter((each) => each.to === to).map(({ from }) => from))
      if (sources.size < join.need) continue
      for (const from of sources)
        this.#arrivals.splice(
          this.#arrivals.findIndex((each) => each.to === to && each.from === from),
          1,
        )
      this.#starts.push(to)
    }
  }

  #hasStuckJoin(): boolean {
    return this.#arrivals.some(({ to }) => {
      const { join, sources } = this.#task(to)
      const isLeftOver = (this.#visits[to] ?? 0) > 0 && (join?.need ?? 0) < sources.length
      return join?.onUnreachable === 'fail' && !isLeftOver
    })
  }

  #task(name: string): FlowTask {
    const task = this.#definition.tasks.find((each) => each.name === name)
    if (task === undefined) throw new Error(`no task ${name}`)
    return task
  }
}
