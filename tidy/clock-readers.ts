/**
 * Who reads a clock, sets a timer or draws at random. Everybody else is handed a clock, so that a
 * test scripts time and a simulation replays from its seed (DESIGN 2 "Ports").
 */
import { lineAt, nodesOf, type SourceFile, type Syntax } from './syntax.ts';

/**
 * Code that runs in a server of ours; browsers, tests and what measures have no seed to replay
 * from.
 */
export const serverCode = /^(schema|chassis|subgraphs|gateway|holdfast)\/(?!test\/)/;
export const noServerCode = /(^|\/)test\/|\.(spec|contract)\.ts$/;

/**
 * By name and with the reason; main files may as well. A file that no longer needs it must leave
 * the list.
 */
export const allowedReaders: ReadonlyMap<string, string> = new Map([
  ['chassis/src/clock.ts', 'is the clock'],
  ['chassis/src/simulation/scheduler.ts', 'lets pending promises run before it moves its own time'],
  ['chassis/src/personal/personal-data.ts', 'draws the nonce of each encryption'],
  ['chassis/src/personal/personal-keys.mongo.ts', 'makes the keys of personal data'],
  ['chassis/src/mongo/probe.mongo.ts', 'names its probe; nothing depends on the name'],
  ['chassis/src/personal/personal-keys.sqlite.ts', 'makes the keys of personal data'],
  ['gateway/src/live/live-clock.ts', "is the live hub's clock; its tests have another"],
  ['gateway/src/execution/context.ts', 'names each request; the name decides nothing'],
  ['gateway/src/execution/run-operation.ts', 'edge: bounds and measures a request'],
  ['gateway/src/http/http-server.ts', 'edge: bounds how long closing sockets may take'],
  ['gateway/src/sources/within-time.ts', 'edge: bounds the wait for a subgraph'],
  ['gateway/src/sources/http-post.ts', 'edge: bounds one call of a subgraph'],
  ['gateway/src/app.ts', 'wires the monotonic clock into the rate limits'],
  [
    'holdfast/src/commands/start.ts',
    'is the main file of a running system: measures its start, bounds its end',
  ],
  ['holdfast/src/simulate/crew.ts', 'watches for a simulated run that never ends'],
  ['holdfast/src/ask.ts', 'edge: waits as long as the running system asked for'],
  ['holdfast/src/take-stock.ts', 'names the requests of an import'],
  [
    'holdfast/src/simulate/simulate.ts',
    'is the main file of the simulation: says how long it took',
  ],
  ['holdfast/src/watching/watch.ts', 'edge: measures appends, and says how old what is parked is'],
  ['holdfast/src/keys.ts', 'makes the keys of callers'],
  ['holdfast/src/store-identity.ts', 'names a new store'],
]);

export const isMain = (file: string): boolean => /(^|\/)main\.ts$/.test(file);

const members = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.hrtime',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]);
const timers = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const randomImport = /^(random|getRandomValues|v1$|v4$|v6$|v7$)/;
const randomModules = new Set([
  'node:crypto',
  'crypto',
  'uuid',
  'node:timers',
  'node:timers/promises',
]);

type Named = Syntax & { readonly name: string };
const nameOf = (node: unknown): string => (node as Named | undefined)?.name ?? '';

function memberRead(node: Syntax): string | undefined {
  const whole = `${nameOf(node.object)}.${nameOf(node.property)}`;
  if (members.has(whole)) return whole;
  const isGlobal = nameOf(node.object) === 'globalThis';
  return isGlobal && timers.has(nameOf(node.property)) ? whole : undefined;
}

/** A name that is only a label (a member's, a key's, a declaration's own) reads nothing. */
const isLabel = (node: Syntax, around: Syntax | undefined): boolean =>
  (around?.type === 'MemberExpression' && around.property === node && around.computed !== true) ||
  (around?.type === 'Property' && around.key === node) ||
  (around?.type.startsWith('TS') ?? false);

function readBy(node: Syntax, around: Syntax | undefined): string | undefined {
  switch (node.type) {
    case 'MemberExpression':
      return memberRead(node);
    case 'Identifier':
      return timers.has(nameOf(node)) && !isLabel(node, around) ? nameOf(node) : undefined;
    case 'NewExpression':
    case 'CallExpression': {
      const none = (node.arguments as readonly Syntax[]).length === 0;
      return nameOf(node.callee) === 'Date' && none ? 'new Date()' : undefined;
    }
    case 'ImportDeclaration': {
      if (!randomModules.has(String((node.source as Syntax).value))) return undefined;
      const named = node.specifiers as readonly Syntax[];
      const imported = named.map(({ imported }) => nameOf(imported));
      return imported.find((name) => randomImport.test(name) || timers.has(name));
    }
    default:
      return undefined;
  }
}

/** One sentence for each place of the file where time or chance comes in. */
export function readsOf({ file, text, tree }: SourceFile): readonly string[] {
  const reads: string[] = [];
  for (const [node, around] of nodesOf(tree)) {
    const read = readBy(node, around);
    if (read) reads.push(`${file}:${lineAt(text, node.start)} reads ${read}`);
  }
  return reads;
}
