/** examples/flows: real pictures through `image-pipeline`, looked at pixel by pixel. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Drawing, drawAll, drawings } from '../../../examples/flows/drawings.ts'
import { repository } from '../../../scripts/repository.ts'
import { runScript } from '../script.ts'
import { Stage } from '../stage.ts'

const example = (file: string): string => join(repository, 'examples', 'flows', file)
const deadline = { timeout: 20_000, interval: 20 }

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open({ entry: example('worker.ts') })
  const flow = await readFile(example('image-pipeline.yaml'))
  await ask('flows/image-pipeline', { method: 'PUT', body: flow, headers: { 'Content-Type': 'application/yaml' } })
  await stage.worker()
})
afterAll(() => stage.close())

async function ask(
  path: string,
  init: RequestInit = {},
): Promise<{ items: { key: string; status: string; attempts: number }[] }> {
  const headers = { ...init.headers, Authorization: `Bearer ${stage.apiKey}` }
  const answer = await fetch(`${stage.service.url}/api/orgs/acme/${path}`, { ...init, headers })
  return (await answer.json()) as Awaited<ReturnType<typeof ask>>
}
const resizes = async (id: string) => (await ask(`workflow-executions/${id}/tasks?task=resize`)).items

/** The colour of a picture at a place. */
async function colourAt(file: string, left: number, top: number): Promise<number[]> {
  return [...(await sharp(file).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer())]
}
const sizeOf = async (file: string) => {
  const { width, height } = await sharp(file).metadata()
  return { width, height }
}

/** Fits into a square, and keeps its proportions. */
const fitting = ({ width, height }: Drawing, edge: number) => {
  const scale = edge / Math.max(width, height)
  return { width: Math.round(width * scale), height: Math.round(height * scale) }
}

test('W10 W11 resized, laid out and measured; one is retried until it is whole, what is no picture is left out', async () => {
  const all = drawings(9)
  const [from, to] = [stage.path('drawings'), stage.path('made')]
  await drawAll(from, all)
  const late = join(from, all[4]?.name ?? '')
  const whole = await readFile(late)
  await writeFile(late, whole.subarray(0, whole.length / 2))
  await writeFile(join(from, 'notes.png'), 'This is no picture.')

  const handle = await stage.client.start(
    'flow:image-pipeline',
    { from, to, edge: 200, thumbnail: 64, columns: 4 },
    { id: 'album' },
  )
  await expect.poll(async () => (await resizes('album')).find(({ key }) => late.endsWith(key))?.status, deadline).toBe('retrying')
  await writeFile(late, whole)

  const pictures = all.map((drawing) => ({ name: drawing.name, ...fitting(drawing, 200) }))
  const sheet = { name: 'sheet.png', width: 4 * 72 + 8, height: 3 * 72 + 8 }
  expect(await handle.result()).toEqual({ pictures, left_out: 1, sheet, page: 'index.html' })
  const items = await resizes('album')
  expect(items.filter(({ status }) => status !== 'succeeded')).toMatchObject([
    { key: 'notes.png', status: 'failed', attempts: 1 },
  ])
  expect(items.find(({ key }) => late.endsWith(key))?.attempts).toBeGreaterThan(1)

  expect(await sizeOf(join(to, 'sheet.png'))).toEqual({ width: sheet.width, height: sheet.height })
  for (const [place, drawing] of all.entries()) {
    const { name, colour } = drawing
    const size = fitting(drawing, 200)
    expect(await sizeOf(join(to, name))).toEqual(size)
    expect(await sizeOf(join(to, 'thumbnails', name))).toEqual({ width: 64, height: 64 })
    expect(await colourAt(join(to, name), Math.floor(size.width / 2), Math.floor(size.height / 2))).toEqual([...colour])
    const [left, top] = [8 + (place % 4) * 72, 8 + Math.floor(place / 4) * 72]
    expect(await colourAt(join(to, 'sheet.png'), left + 32, top + 32)).toEqual([...colour])
    // Between them the sheet is blank.
    expect(await colourAt(join(to, 'sheet.png'), left - 4, top + 32)).toEqual([255, 255, 255])
  }
  const page = await readFile(join(to, 'index.html'), 'utf8')
  expect(page.match(/<figure/g)).toHaveLength(9)
  for (const { name } of all) expect(page).toContain(`<img src="thumbnails/${name}"`)
})

test('F1 three at a time, and the page is written once, after the sheet and the colours', async () => {
  const { events } = await stage.client.handle('album').history()
  let [out, most] = [0, 0]
  const of = new Map<string, string>()
  for (const { type, data } of events) {
    if (type === 'TASK_SCHEDULED') of.set(data.taskId, data.flow?.task ?? '')
    if (type === 'TASK_SCHEDULED' && data.flow?.task === 'resize') out += 1
    if ((type === 'TASK_COMPLETED' || type === 'TASK_FAILED') && of.get(data.taskId) === 'resize') out -= 1
    most = Math.max(most, out)
  }
  expect(most).toBe(3)
  const begun = events.flatMap(({ type, data }) => (type === 'FLOW_TASK_STARTED' ? [data.task] : []))
  expect(begun).toEqual(['list', 'resize', 'thumbnails', 'colours', 'sheet', 'page'])
})

test('npm run demo:images draws, runs and says where to look', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perdure-images-'))
  try {
    const { code, out, errors } = await runScript(example('demo.ts'), [folder], {})
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(out).toMatch(
      /^drawing-01\.png succeeded at attempt [2-8]\nnotes\.png failed at attempt 1\n12 pictures made smaller, 1 left out\n/,
    )
    expect(out).toContain(`the sheet: ${join(folder, 'made', 'sheet.png')}\n`)
    expect(await readdir(join(folder, 'made'))).toHaveLength(12 + 3)
    expect(await sizeOf(join(folder, 'made', 'sheet.png'))).toEqual({ width: 4 * 104 + 8, height: 3 * 104 + 8 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
