/**
 * Installs the tarball in an empty folder and starts it there: what is published is what runs. `npm
 * run package:check`
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Asked = { readonly promised?: number; readonly playground: number };

const folderOfPackage = fileURLToPath(new URL('../package', import.meta.url));

/** As a library and as a command, whose gateway has a thread of its own. */
const program = `
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startHoldfast } from 'holdfast';

async function ask(url) {
  const query = '{ availability(skus: ["24-WB01"]) { availableToPromise } }';
  const body = JSON.stringify({ query });
  const headers = { 'content-type': 'application/json' };
  const answer = await (await fetch(url + '/graphql', { method: 'POST', headers, body })).json();
  const page = await fetch(url + '/playground');
  return { promised: answer.data?.availability?.[0]?.availableToPromise, playground: page.status };
}

const { url, close } = await startHoldfast();
const library = await ask(url);
await close();

const child = spawn('node_modules/.bin/holdfast', ['start'], {
  env: { ...process.env, PORT: '0', HOLDFAST_DATA: 'memory' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let command;
for await (const line of createInterface({ input: child.stdout })) {
  if (!line.startsWith('ready ')) continue;
  command = await ask(new URL(line.slice('ready '.length)).origin);
  child.kill('SIGTERM');
}
console.log(JSON.stringify({ library, command }));
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
  const { library, command } = JSON.parse(said) as Readonly<Record<string, Asked | undefined>>;
  if (![library, command].every((asked) => asked?.promised && asked.playground === 200)) {
    throw new Error(`the installed package answered ${said}`);
  }
  process.stdout.write(`${tarball} installs and starts: ${said}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
