// Adds what vitest reported to the checks counted before it, and ends as the whole ended.
import { readFileSync } from 'node:fs';

const [file, checksPassed, checksFailed, testsExit] = process.argv.slice(2);

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] };
  }
}

const report = read();
// A file that cannot be loaded has no tests to fail, and must not pass for that.
const unloaded = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
const passed = Number(checksPassed) + report.numPassedTests;
const skipped = report.numPendingTests + (report.numTodoTests ?? 0);
let failed = Number(checksFailed) + report.numFailedTests + unloaded;
// Whatever else made vitest end badly, e.g. an error outside of any test, is a failure too.
if (failed === Number(checksFailed) && Number(testsExit) !== 0) failed += 1;

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
