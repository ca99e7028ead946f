/** A line of the table: one thing that is measured, beside its floor and its peers, and what it must reach. */
import { Sample } from './sample.ts'

export type Unit = 'ms' | '/s' | 'MB' | 'rows' | 'commits' | 'requests' | 'ms/min'

export interface Target {
  /** Of the figure itself, in its unit. */
  atMost?: number
  /** Of the figure divided by its floor's. */
  ratioAtMost?: number
  ratioAtLeast?: number
  /** Of the figure divided by Restate's: that of this run, else the one measured earlier. */
  restateAtMost?: number
}

/** What a peer can be asked to do as well. */
export type Job =
  | { type: 'sequence'; tasks: number }
  | { type: 'parallel'; tasks: number }
  /** 1-task workflows, so many of them, 50 at once. */
  | { type: 'throughput'; workflows: number }

export interface LineOptions {
  id: string
  name: string
  unit: Unit
  target: Target
  /** What of the measures is the figure; the median. */
  figure?: 'median' | 'p99'
  job?: Job
  /** Restate 1.7.12, measured earlier on a machine of two cores. */
  restateEarlier?: number
}

export class Line {
  readonly id: string
  readonly name: string
  readonly unit: Unit
  readonly target: Target
  readonly job: Job | undefined
  readonly restateEarlier: number | undefined
  readonly ours = new Sample()
  readonly floor = new Sample()
  readonly peers = new Map<string, Sample>()
  readonly #figure: 'median' | 'p99'

  constructor({ id, name, unit, target, figure = 'median', job, restateEarlier }: LineOptions) {
    this.id = id
    this.name = name
    this.unit = unit
    this.target = target
    this.job = job
    this.restateEarlier = restateEarlier
    this.#figure = figure
  }

  figureOf(sample: Sample): number {
    return sample[this.#figure]
  }

  get figure(): number {
    return this.figureOf(this.ours)
  }

  get ratio(): number | undefined {
    return this.floor.count === 0 ? undefined : this.figure / this.figureOf(this.floor)
  }

  get restate(): number | undefined {
    const measured = this.peers.get('restate')
    return measured === undefined ? this.restateEarlier : this.figureOf(measured)
  }

  get restateShare(): number | undefined {
    return this.restate === undefined ? undefined : this.figure / this.restate
  }

  /** Undefined where there is nothing to reach. */
  get isReached(): boolean | undefined {
    const { atMost, ratioAtMost, ratioAtLeast, restateAtMost } = this.target
    const judged = [
      atMost !== undefined && this.figure <= atMost,
      ratioAtMost !== undefined && (this.ratio ?? Number.NaN) <= ratioAtMost,
      ratioAtLeast !== undefined && (this.ratio ?? Number.NaN) >= ratioAtLeast,
      restateAtMost !== undefined && (this.restateShare ?? Number.NaN) <= restateAtMost,
    ]
    const asked = [atMost, ratioAtMost, ratioAtLeast, restateAtMost].map((each) => each !== undefined)
    return asked.includes(true) ? asked.every((isAsked, index) => !isAsked || judged[index]) : undefined
  }
}
