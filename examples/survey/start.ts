/** Starts a survey of the pages that are named on the command line, and waits for what changed within a second. */
import { Client } from 'perdure/client'
import { survey } from './survey.ts'

const handle = await Client.fromEnv().start(survey, { urls: process.argv.slice(2), pauseMs: 1_000 })
console.log(`started ${handle.id}`)
console.log('changed:', await handle.result())
