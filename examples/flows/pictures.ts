/** What the flow `image-pipeline` does to pictures. Each task writes files that are the same when it is done again. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ApplicationFailure, task } from 'perdure'
import sharp, { type OutputInfo } from 'sharp'

export interface Picture {
  name: string
  width: number
  height: number
}

const thumbnails = 'thumbnails'
const sheetName = 'sheet.png'
const gap = 8

export const listPictures = task({
  name: 'list-pictures',
  run: async ({ folder }: { folder: string }) => (await readdir(folder)).filter((name) => name.endsWith('.png')).sort(),
})

/** No side is longer than `edge`. */
export const resizePicture = task({
  name: 'resize-picture',
  async run({ from, to, name, edge }: { from: string; to: string; name: string; edge: number }): Promise<Picture> {
    const picture = sharp(join(from, name))
    // What has no head of a picture will never be one; one that is half there may be whole soon.
    await picture.metadata().catch((error: Error) => {
      throw new ApplicationFailure(`${name}: ${error.message}`, { type: 'NoPicture' })
    })
    await mkdir(to, { recursive: true })
    const { width, height } = await picture.resize({ width: edge, height: edge, fit: 'inside' }).toFile(join(to, name))
    return { name, width, height }
  },
})

/** A square out of its middle. */
export const makeThumbnail = task({
  name: 'make-thumbnail',
  async run({ folder, name, edge }: { folder: string; name: string; edge: number }): Promise<string> {
    await mkdir(join(folder, thumbnails), { recursive: true })
    await sharp(join(folder, name))
      .resize({ width: edge, height: edge, fit: 'cover' })
      .toFile(join(folder, thumbnails, name))
    return name
  },
})

export const layOutSheet = task({
  name: 'lay-out-sheet',
  async run(sheet: { folder: string; names: string[]; edge: number; columns: number }): Promise<Picture> {
    const { folder, names, edge, columns } = sheet
    const pitch = edge + gap
    const size = { width: columns * pitch + gap, height: Math.ceil(names.length / columns) * pitch + gap }
    const placed = names.map((name, place) => ({
      input: join(folder, thumbnails, name),
      left: gap + (place % columns) * pitch,
      top: gap + Math.floor(place / columns) * pitch,
    }))
    const blank = sharp({ create: { ...size, channels: 3, background: '#ffffff' } })
    const { width, height }: OutputInfo = await blank.composite(placed).toFile(join(folder, sheetName))
    return { name: sheetName, width, height }
  },
})

export const findColour = task({
  name: 'find-colour',
  async run({ folder, name }: { folder: string; name: string }): Promise<string> {
    const { dominant } = await sharp(join(folder, name)).stats()
    return `rgb(${dominant.r} ${dominant.g} ${dominant.b})`
  },
})

export const writePage = task({
  name: 'write-page',
  async run({ folder, pictures, colours }: { folder: string; pictures: Picture[]; colours: string[] }): Promise<string> {
    const figures = pictures.map(
      ({ name, width, height }, n) =>
        `<figure style="background: ${colours[n]}"><a href="${name}"><img src="${thumbnails}/${name}" alt=""></a>` +
        `<figcaption>${name}<br>${width} × ${height}</figcaption></figure>`,
    )
    await writeFile(join(folder, 'index.html'), `${head}\n${figures.join('\n')}\n`)
    return 'index.html'
  },
})

const head = `<!doctype html>
<meta charset="utf-8">
<title>Pictures</title>
<style>
  body { display: flex; flex-wrap: wrap; gap: 12px; font: 13px system-ui }
  figure { margin: 0; padding: 12px; border-radius: 6px; text-align: center }
  figcaption { margin-top: 6px; padding: 4px; background: #fffc; border-radius: 3px }
</style>`
