/** `node start.ts <url>`: crawls a site from there, at most 50 pages, four at a time. */
import { Client } from 'perdure/client'
import { crawl } from './crawl.ts'

const from = process.argv[2] ?? 'http://127.0.0.1:8080/'
for (const { status, url, title } of await Client.fromEnv().execute(crawl, { from, pages: 50, concurrency: 4 }))
  console.log(status, url, title)
