import { replaceModules } from './replaced-modules.ts';
replaceModules();
const { runSeed } = await import('./run-seed.ts');
const [from, to, trace] = process.argv.slice(2);
const total = new Map();
const t0 = performance.now();
for (let seed = Number(from); seed <= Number(to); seed++) {
  const t = performance.now();
  const r = await runSeed(seed, trace ? (l: string) => console.log(l) : undefined);
  for (const [k, n] of r.noted) total.set(k, (total.get(k) ?? 0) + n);
  const first = r.findings.slice(0, 4).map((f) => `   ${f.invariant}: ${f.words}`).join('\n');
  if (r.findings.length || to - from < 20) console.log(seed, `${(performance.now() - t).toFixed(0)} ms, ${r.steps} steps, ${(r.virtualMs/1000).toFixed(0)} s, ${r.commits} commits, ${r.requests} requests, ${r.findings.length} findings`, r.hash.slice(0, 8), first ? '\n' + first : '');
}
console.log(((performance.now() - t0) / (to - from + 1)).toFixed(1), 'ms per seed');
console.log([...total].sort((a, b) => a[1] - b[1]).map(([k, n]) => `${n} ${k}`).join('\n'));
