/** `node serve.ts [folder]`: serves the site that the example crawls. */
import { site } from './site.ts'

const port = 8080

site(process.argv[2] ?? 'docs')
  .on('error', (error: NodeJS.ErrnoException) => {
    console.error(error.code === 'EADDRINUSE' ? `port ${port} is taken: whoever has it must leave it first` : error.message)
    process.exitCode = 1
  })
  .listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))
