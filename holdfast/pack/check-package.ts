/**
 * Installs the tarball in an empty folder and starts it there: what is published is what runs. `npm
 * run package:check`
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folderOfPackage = fileURLToPath(new URL('../package', import.meta.url));

const program = `
import { startHoldfast } from 'holdfast';
const { url, close } = await startHoldfast();
const query = '{ availability(skus: ["24-WB01"]) { availableToPromise } }';
const body = JSON.stringify({ query });
const headers = { 'content-type': 'application/json' };
const answer = await (await fetch(url + '/graphql', { method: 'POST', headers, body })).json();
const page = await fetch(url + '/playground');
await close();
const promised = answer.data?.availability?.[0]?.availableToPromise;
console.log(JSON.stringify({ promised, playground: page.status }));
`;

const [tarball] = globSync('*.tgz', { cwd: folderOfPackage });
if (!tarball) {
  process.stderr.write('There is no tarball; run npm run package first.\n');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
try {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  writeFileSync(join(folder, 'try.js'), program);
  const quiet = { cwd: folder, encoding: 'utf8' } as const;
  execFileSync('npm', ['install', '--silent', join(folderOfPackage, tarball)], quiet);
  const said = execFileSync(process.execPath, ['try.js'], quiet);
  const { promised, playground } = JSON.parse(said) as { promised?: number; playground: number };
  if (!promised || playground !== 200) throw new Error(`the installed package answered ${said}`);
  process.stdout.write(`${tarball} installs and starts: ${said}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
