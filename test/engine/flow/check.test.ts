/** What is wrong with a flow is said all at once, with its place; what is right becomes a definition. */
import { describe, expect, it } from 'vitest'
import { checkFlow } from '../../../engine/flow/check.ts'
import { sourceLimits } from '../../../engine/flow/nesting.ts'

const problemsOf = (text: string, name?: string) => {
  const checked = checkFlow(text, name)
  return checked.ok ? [] : checked.problems
}
const linesOf = (text: string) =>
  problemsOf(text).map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`)
const definitionOf = (text: string) => {
  const checked = checkFlow(text)
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return checked.flow.definition
}
const hashOf = (text: string) => {
  const checked = checkFlow(text)
  return checked.ok ? checked.flow.hash : 'not valid'
}
/** A flow of one task with these keys. */
const one = (keys: string, more = '') => `flow: f\ntasks:\n  a: { ${keys} }\n${more}`

describe('a definition', () => {
  it('has every default filled in, and durations in milliseconds', () => {
    const text = `
flow: f
tasks:
  a: { task: k, timeout: 1.5s, retry: { initialInterval: 250 }, next: [{ do: [b, c] }] }
  b: { task: k, with_items: "{{ input.list }}", next: [{ when: "{{ failed() }}", do: [c] }] }
  c: { flow: other@2, join: all, timeout: 1 hour }
  d: { wait_for: { promise: "ok-{{ input.n }}" } }
`
    expect(definitionOf(text)).toEqual({
      name: 'f',
      vars: {},
      cancellation: 'cancel_running',
      onCancel: [],
      maxSteps: 1_000,
      start: ['a', 'd'],
      tasks: [
        {
          name: 'a',
          action: {
            type: 'task',
            kind: 'k',
            priority: 0,
            timeoutMs: 1_500,
            retry: {
              initialIntervalMs: 250,
              backoffCoefficient: 2,
              maximumIntervalMs: 100_000,
              maximumAttempts: 10,
              nonRetryable: [],
            },
          },
          exclusive: false,
          next: [{ publish: {}, do: ['b', 'c'] }],
          sources: [],
        },
        {
          name: 'b',
          action: expect.objectContaining({ type: 'task' }),
          items: {
            in: '{{ input.list }}',
            as: 'item',
            onItemFailure: 'drain',
            tolerate: {},
            batchSize: 1,
            concurrency: 1,
          },
          exclusive: false,
          next: [{ when: 'failed()', publish: {}, do: ['c'] }],
          sources: ['a'],
        },
        {
          name: 'c',
          action: { type: 'flow', kind: 'flow:other@2', timeoutMs: 3_600_000 },
          join: { need: 2, onUnreachable: 'fail' },
          exclusive: false,
          next: [],
          sources: ['a', 'b'],
        },
        {
          name: 'd',
          action: { type: 'wait', on: 'promise', name: 'ok-{{ input.n }}' },
          exclusive: false,
          next: [],
          sources: [],
        },
      ],
    })
  })

  it('F8 its hash is that of its content: not of how it is written, but of the order of its tasks', () => {
    const yaml = 'flow: f # called so\ntasks: { a: { task: k, input: { x: 1, y: 2 } }, b: { task: k } }'
    const json = '{"tasks":{"a":{"input":{"y":2,"x":1},"task":"k"},"b":{"task":"k"}},"flow":"f"}'
    expect(hashOf(yaml)).toMatch(/^[0-9a-f]{64}$/)
    expect(hashOf(json)).toBe(hashOf(yaml))
    expect(hashOf(yaml.replace('x: 1', 'x: "1"'))).not.toBe(hashOf(yaml))
    expect(hashOf('flow: f\ntasks: { b: { task: k }, a: { task: k, input: { x: 1, y: 2 } } }')).not.toBe(hashOf(yaml))
  })

  it('a loop may lead to a task that begins, and to itself', () => {
    expect(definitionOf(one('task: k, next: [{ when: "{{ failed() }}", do: [a] }]')).start).toEqual(['a'])
  })

  it('tasks of a cancellation do not begin with the others', () => {
    const text = one('task: k', '  undo: { task: k, next: [{ do: [tell] }] }\n  tell: { task: k }\non_cancel: [undo]')
    expect(definitionOf(text)).toMatchObject({ start: ['a'], onCancel: ['undo'] })
  })
})

describe('F9 problems', () => {
  it('come all at once, in the order of the text', () => {
    const text = `flow: f
tasks:
  a:
    task: k
    retry: { bogus: 1 }
    next:
      - { do: [nowhere] }
      - { when: "{{ succeeded( }}", do: [b] }
  b:
    task: k
    timeout: sixty
    concurency: 2
    input: "{{ tasks.a.output }} {{ tasks.z.output }}"
output: "{{ vars.files }}"
`
    expect(linesOf(text)).toEqual([
      '5:14 tasks.a.retry.bogus: unknown key bogus',
      '7:16 tasks.a.next.0.do.0: there is no task nowhere',
      expect.stringMatching(/^8:17 tasks\.a\.next\.1\.when: Unexpected token: EOF, at character 11 of the expression/),
      "11:14 tasks.b.timeout: a duration is milliseconds, or text such as '5 minutes'",
      '12:5 tasks.b.concurency: unknown key concurency',
      expect.stringContaining('13:12 tasks.b.input: there is no task `z`'),
      expect.stringContaining('14:9 output: nothing sets a variable `files`'),
    ])
  })

  it.each([
    ['task: k, flow: g', 'one of task, flow, wait_for'],
    ['input: 1', 'one of task, flow, wait_for'],
    ['task: "flow:g"', 'another flow is run by `flow`'],
    ['flow: "a b"', '`name` or `name@version`'],
    ['flow: g, retry: {}', '`retry` means nothing beside `flow`'],
    ['flow: g, priority: 1', '`priority` means nothing beside `flow`'],
    ['wait_for: { signal: s }, input: 1', '`input` means nothing beside `wait_for`'],
    ['wait_for: { signal: s }, with_items: "{{ input }}"', '`with_items` means nothing beside `wait_for`'],
    ['wait_for: { signal: s, promise: p }', 'one of signal, promise'],
    ['wait_for: {}', 'one of signal, promise'],
    ['task: k, concurrency: 2', '`concurrency` goes with `with_items`'],
    ['task: k, on_unreachable: skip', '`on_unreachable` goes with `join`'],
    ['task: k, join: all', 'nothing to join'],
    ['task: k, with_items: plain', 'one expression'],
    ['task: k, with_items: { in: 7 }', '`in` is a list'],
    ['task: k, with_items: { as: x }', 'a JSON value is required'],
    ['task: k, with_items: { in: [], as: vars }', 'has a meaning already'],
    ['task: k, with_items: { in: [], as: in }', 'has a meaning already'],
    ['task: k, with_items: { in: [], tolerate: {} }', 'count, percent or both'],
    ['task: k, with_items: { in: [], tolerate: { count: 1 }, on_item_failure: continue }', 'means nothing beside'],
    ['task: k, with_items: { in: [], key: "{{ result() }}" }', 'only known to the edges'],
    ['task: k, with_items: "{{ [item] }}"', '`item` is not known here'],
    ['task: k, concurrency: "{{ index }}", with_items: []', 'with_items'],
    ['task: k, input: "{{ succeeded() }}"', 'only known to the edges'],
    ['task: k, input: "{{ [1].map(input, input) }}"', 'has a meaning already'],
    ['task: k, input: "{{ nobody }}"', '`nobody` is not known here'],
    ['task: k, input: "{{ outcome_of_the_task.result }}"', 'is not known here'],
    ['task: k, input: "{{ tasks.a.result }}"', 'a task has no `result`'],
    ['task: k, input: "{{ execution.key }}"', 'the execution has no `key`'],
    ['task: k, input: "{{ 1"', 'has no end'],
    ['task: k, input: { "{{ 1 }}": 1 }', 'keys hold no expressions'],
    ['task: k, next: [{}]', 'at least one of when, publish, do'],
    ['task: k, next: [{ when: "failed()" }]', 'one expression'],
    ['task: k, next: [{ do: [a, a] }]', 'a is there twice'],
    ['task: k, next: [{ publish: { "a b": 1 } }]', 'a variable is 1 to 100'],
  ])('%s', (keys, message) => {
    expect(linesOf(one(keys)).join('\n')).toContain(message)
  })

  it.each([
    ['flow: f\ntasks: { a: { task: k, next: [{ do: [b] }] }, b: { task: k, next: [{ do: [a] }] } }', 'nothing begins'],
    [
      'flow: f\ntasks: { s: { task: k }, a: { task: k, next: [{ do: [b] }] }, b: { task: k, next: [{ do: [a] }] } }',
      'nothing leads to the task a',
    ],
    [
      'flow: f\ntasks: { a: { task: k, next: [{ do: [b] }, { do: [b] }] }, b: { task: k, join: 2 } }',
      'join waits for 2 tasks, and edges of 1',
    ],
    ['flow: f\ntasks: {}', 'at least one task'],
    ['flow: f', 'tasks'],
    ['tasks: { a: { task: k } }', 'flow'],
    ['flow: f\nflow: g\ntasks: { a: { task: k } }', 'the key flow is there twice'],
    ['flow: f\nvars: { a: "{{ vars.b }}" }\ntasks: { a: { task: k } }', '`vars` is not known here'],
    ['flow: f\ninput: { type: strange }\ntasks: { a: { task: k } }', 'the schema of the input is not understood'],
    ['flow: f\ninput: { type: string, pattern: "(a+)+$" }\ntasks: { a: { task: k } }', '`pattern` is not taken'],
    [
      'flow: f\ninput: { type: object, properties: { a: {} }, additionalProperties: false }\ntasks: { a: { task: k, input: "{{ input.b }}" } }',
      'no property `b`',
    ],
    ['', 'expected object'],
    ['- 1', 'expected object'],
    ['flow: f\ntasks: { a: { task: !!js/function x } }', 'tags are not taken'],
    ['flow: f\ntasks: { a: { task: k, input: .nan } }', 'not JSON'],
    ['flow: f\n---\nflow: g', 'multiple documents'],
  ])('%s', (text, message) => {
    expect(linesOf(text).join('\n')).toContain(message)
  })

  it('a property may be called pattern; a malformed task is still there for others', () => {
    expect(
      linesOf('flow: f\ninput: { type: object, properties: { pattern: { type: string } } }\ntasks: { a: { task: k } }'),
    ).toEqual([])
    expect(linesOf('flow: f\ntasks: { a: { task: k, next: [{ do: [b] }] }, b: 7 }')).toEqual([
      expect.stringMatching(/^2:\d+ tasks\.b: .*expected object/),
    ])
  })

  it('the name it is saved as is its own', () => {
    expect(problemsOf(one('task: k'), 'g')).toEqual([
      { path: 'flow', line: 1, column: 7, message: 'the flow is called f, and is saved as g' },
    ])
  })
})

describe('bombs are refused within bounds', () => {
  const bombs: [string, string, string][] = [
    ['brackets', '['.repeat(20_000), 'nested at most 50 deep'],
    ['braces', '{a: '.repeat(9_000), 'nested at most 50 deep'],
    ['dashes on a line', '- '.repeat(20_000), 'at most 50 of - ? :'],
    ['question marks on a line', '? '.repeat(20_000), 'at most 50 of - ? :'],
    ['colons on a line', ': '.repeat(20_000), 'at most 50 of - ? :'],
    ['indentation', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'indented by at most 100'],
    ['levels', Array.from({ length: 90 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'nested at most 60 deep'],
    ['commas', `[${','.repeat(200_000)}`, 'at most 50000 tokens'],
    ['tags', `a: ${'!a '.repeat(80_000)}`, 'at most 50000 tokens'],
    ['size', `flow: ${'f'.repeat(sourceLimits.characters)}`, 'at most 262144 characters'],
    ['values', `flow: &l [${'1,'.repeat(500)}]\ntasks: { a: { task: k, input: [${'*l,'.repeat(50)}] } }`, 'at most 20000 values'],
    [
      'aliases',
      `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`).join('\n')}`,
      'at most 100 aliases',
    ],
    ['an alias of itself', 'flow: f\ntasks: &a { a: *a }', 'nested at most 60 deep'],
    ['many aliases', `flow: &f f\ntasks: { a: { task: k, input: [${'*f,'.repeat(5_000)}] } }`, 'at most 100 aliases'],
    ['an anchor that is not there', 'flow: *f', 'no anchor &f'],
    ['an expression', one(`task: k, input: "{{ ${'('.repeat(9_000)} }}"`), 'maxDepth'],
    ['a long expression', one(`task: k, input: "{{ ${'1 + '.repeat(2_400)}1 }}"`), 'maxAstNodes'],
    ['unclosed expressions', one(`task: k, input: "${'{{'.repeat(60_000)}"`), 'has no end'],
  ]
  it.each(bombs)('%s', (_, text, message) => {
    expect(linesOf(text).join('\n')).toContain(message)
  })

  it('an alias within the bounds is what it stands for', () => {
    const text = 'flow: f\ntasks: { a: { task: k, retry: &often { maximumAttempts: 50 } }, b: { task: k, retry: *often } }'
    const [, b] = definitionOf(text).tasks
    expect(b?.action).toMatchObject({ retry: { maximumAttempts: 50 } })
  })
})
