/** Pictures to try things with, drawn pixel by pixel: a shape of one colour before a gradient. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

type Colour = readonly [red: number, green: number, blue: number]

export interface Drawing {
  name: string
  width: number
  height: number
  /** Of the shape in the middle. */
  colour: Colour
  shape: 'circle' | 'square' | 'diamond'
}

const sizes = [
  { width: 480, height: 320 },
  { width: 300, height: 450 },
  { width: 400, height: 400 },
] as const
const shapes = ['circle', 'square', 'diamond', 'square'] as const

export const drawings = (count: number): Drawing[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `drawing-${String(n + 1).padStart(2, '0')}.png`,
    ...(sizes[n % sizes.length] ?? sizes[0]),
    colour: ofHue(n / count, 0.85, 0.5),
    shape: shapes[n % shapes.length] ?? 'circle',
  }))

/** As the bytes of a PNG file. */
export function draw({ width, height, colour, shape }: Drawing): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3)
  const radius = Math.min(width, height) / 3
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [dx, dy] = [(x - width / 2) / radius, (y - height / 2) / radius]
      const isInside = distance[shape](dx, dy) < 1
      // From a dark corner to a light one.
      const light = 0.15 + (0.7 * (x / width + y / height)) / 2
      pixels.set(isInside ? colour : colour.map((part) => Math.round(255 * light * 0.8 + part * 0.2)), (y * width + x) * 3)
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

const distance: Record<Drawing['shape'], (dx: number, dy: number) => number> = {
  circle: (dx, dy) => Math.hypot(dx, dy),
  square: (dx, dy) => Math.max(Math.abs(dx), Math.abs(dy)),
  diamond: (dx, dy) => Math.abs(dx) + Math.abs(dy),
}

/** HSL, each from 0 to 1, as red, green and blue from 0 to 255. */
function ofHue(hue: number, saturation: number, lightness: number): Colour {
  const part = (offset: number): number => {
    const k = (offset + hue * 12) % 12
    const swing = saturation * Math.min(lightness, 1 - lightness)
    return Math.round(255 * (lightness - swing * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [part(0), part(8), part(4)]
}

export async function drawAll(folder: string, all: readonly Drawing[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const drawing of all) await writeFile(join(folder, drawing.name), await draw(drawing))
}
