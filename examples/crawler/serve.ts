/** `node serve.ts [folder]`: serves the site that the example crawls. */
import { site } from './site.ts'

site(process.argv[2] ?? 'docs').listen(8080, '127.0.0.1', () => console.log('http://127.0.0.1:8080'))
