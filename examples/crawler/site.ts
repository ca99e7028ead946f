/** A small site to crawl: the folders below a folder as lists of links, and the Markdown files in them with theirs. */
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join, normalize } from 'node:path'

interface Page {
  title: string
  links: string[]
}

export function site(folder: string): Server {
  return createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname))
    const page = await read(join(folder, path)).catch(() => undefined)
    response.writeHead(page === undefined ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end(html(page ?? { title: 'There is no such page', links: [] }))
  })
}

async function read(path: string): Promise<Page> {
  if (path.endsWith('/')) {
    const entries = await readdir(path, { withFileTypes: true })
    const links = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    return { title: path, links: links.filter((name) => /(\.md|\/)$/.test(name)).sort() }
  }
  const text = await readFile(path, 'utf8')
  return { title: /^# (.*)$/m.exec(text)?.[1] ?? '', links: [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link ?? '') }
}

const html = ({ title, links }: Page): string =>
  `<!doctype html><title>${title}</title>\n${links.map((link) => `<a href="${link}">${link}</a>\n`).join('')}`
