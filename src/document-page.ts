/** The OpenAPI document as one page: no scripts, nothing fetched from elsewhere. */
import { html, raw } from 'hono/html'

type Schema = Record<string, unknown>
type Content = Record<string, { schema?: Schema }>

interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  'x-perdure-access'?: string
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[]
  requestBody?: { required?: boolean; content?: Content }
  responses?: Record<string, { description: string; content?: Content }>
}

export interface OpenApiDocument {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

interface Entry {
  method: string
  path: string
  operation: Operation
}

export function renderDocument({ info, paths, components }: OpenApiDocument) {
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const groups = [...Map.groupBy(entries, ({ operation }) => operation.tags?.[0] ?? 'Service')]
  const schemas = Object.entries(components?.schemas ?? {})
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<style>${raw(style)}</style>
</head>
<body>
<header><h1>${info.title} API <small>${info.version}</small></h1><p>${info.description}</p>
<p>The document itself: <a href="/api/openapi.json">/api/openapi.json</a></p></header>
<nav>${groups.map(([tag, list]) => html`<h2>${tag}</h2><ul>${list.map(renderLink)}</ul>`)}
<h2>Schemas</h2><ul>${schemas.map(([name]) => html`<li><a href="#schema-${name}">${name}</a></li>`)}</ul></nav>
<main>${groups.map(([tag, list]) => html`<section><h2>${tag}</h2>${list.map(renderEntry)}</section>`)}
<section><h2>Schemas</h2>${schemas.map(renderSchema)}</section></main>
</body>
</html>`
}

const renderLink = ({ method, path, operation }: Entry) =>
  html`<li><a href="#${operation.operationId ?? path}"><b>${method}</b> ${operation.summary}</a></li>`

const renderEntry = ({ method, path, operation }: Entry) => html`<article id="${operation.operationId ?? path}">
<h3><b>${method}</b> <code>${path}</code></h3>
<p>${operation.summary}</p>
${operation.description ? html`<p>${operation.description}</p>` : ''}
<p class="access">Access: ${operation['x-perdure-access'] ?? 'open'}</p>
${renderParameters(operation.parameters ?? [])}
${operation.requestBody?.content ? html`<h4>Body</h4>${renderContent(operation.requestBody.content)}` : ''}
${Object.entries(operation.responses ?? {}).map(
  ([status, answer]) => html`<h4>${status} – ${answer.description}</h4>${renderContent(answer.content ?? {})}`,
)}
</article>`

const renderParameters = (parameters: NonNullable<Operation['parameters']>) =>
  parameters.length === 0
    ? ''
    : html`<table>${parameters.map(
        (
          parameter,
        ) => html`<tr><td><code>${parameter.name}</code></td><td>${parameter.in}${parameter.required ? ', required' : ''}</td>
<td><code>${JSON.stringify(parameter.schema ?? {})}</code></td></tr>`,
      )}</table>`

const renderContent = (content: Content) =>
  Object.entries(content).map(
    ([type, { schema }]) =>
      html`<details><summary>${type}</summary><pre>${JSON.stringify(schema ?? {}, null, 2)}</pre></details>`,
  )

const renderSchema = ([name, schema]: [string, Schema]) =>
  html`<article id="schema-${name}"><h3>${name}</h3><pre>${JSON.stringify(schema, null, 2)}</pre></article>`

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { margin: 0; display: grid; grid-template-columns: 20rem minmax(0, 1fr); }
header { grid-column: 1 / -1; padding: 1rem 2rem; border-bottom: 1px solid var(--line); }
nav { padding: 0 1rem; border-right: 1px solid var(--line); font-size: 13px; }
nav ul { list-style: none; margin: 0; padding: 0; }
main { padding: 0 2rem; }
article { border-bottom: 1px solid var(--line); padding: .5rem 0; }
pre { overflow: auto; padding: .75rem; border: 1px solid var(--line); border-radius: 6px; font-size: 13px; }
table { border-collapse: collapse; font-size: 13px; } td { padding: .1rem .75rem .1rem 0; vertical-align: top; }
b { font-weight: 600; } small, .access { opacity: .7; }
@media (max-width: 50rem) { body { display: block; } nav { border: 0; } }
`
