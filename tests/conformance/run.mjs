// Runs http-cache-tests (in the folder that the first argument names) against the
// URL that the second one is; prints the kind and the result of each test. Further
// arguments are the only tests to run.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [folder, base, ...only] = process.argv.slice(2)
const root = pathToFileURL(folder).href
const { runTests, getResults } = await import(`${root}/client/runner.mjs`)
const suites = (await import(`${root}/tests/index.mjs`)).default
const fetch = createRequire(`${folder}/cli.mjs`)('node-fetch')

for (const suite of suites) {
  suite.tests = suite.tests.filter(test => only.length === 0 || only.includes(test.id))
}
await runTests(suites, fetch, false, base)
const results = getResults()
const found = {}
for (const suite of suites) {
  for (const test of suite.tests) {
    if (test.browser_only === true) continue
    found[test.id] = { kind: test.kind || 'required', result: results[test.id] }
  }
}
console.log(JSON.stringify(found))
