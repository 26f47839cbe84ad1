import { searchMutants } from './mutant-search.ts';
for (const only of process.argv.slice(2)) await searchMutants((l) => console.log(l.join('\n')), only);
