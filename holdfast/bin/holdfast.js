#!/usr/bin/env node
// Node 24 runs the TypeScript beside this file as it is; an older one must not even try.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`Holdfast needs Node 24 or newer, this is ${process.versions.node}; use npx holdfast, which brings its own.\n`);
  process.exit(1);
}
await import('../src/main.ts');
