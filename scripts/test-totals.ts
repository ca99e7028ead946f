/** The last line of CI: how many tests passed and failed, over all projects. Their reporters wrote a file each. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Totals {
  numPassedTests: number
  numFailedTests: number
  numFailedTestSuites: number
}

const [, , folder = '.'] = process.argv
const files = (await readdir(folder)).filter((file) => file.endsWith('.json'))
const reports = await Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as Totals))
const passed = reports.reduce((sum, report) => sum + report.numPassedTests, 0)
// A file that cannot even be loaded has no failed test, and is no success either.
const failed = reports.reduce((sum, report) => sum + Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0), 0)
console.log(`${passed} passed, ${failed} failed`)
if (passed === 0 || failed > 0) process.exitCode = 1
