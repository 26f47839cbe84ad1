import { readFileSync, existsSync } from 'node:fs';
import { mutants } from './mutants.ts';
for (const m of mutants) for (const p of m.patches) {
  const f = ['', 'subgraphs/'].map((x) => `/work/main/${x}${p.file}.ts`).find((x) => existsSync(x));
  if (!f) { console.log('NO FILE', p.file); continue; }
  const n = readFileSync(f, 'utf8').split(p.find).length - 1;
  if (n !== 1) console.log(n, m.name, p.file);
}
