/**
 * Who may import what (DESIGN 1 and LAYOUT's table), as data: what a wall does not allow is a
 * breach. Left of a wall stand files, right of it what they may import; packages and `node:`
 * modules count like our own files.
 */
export type Wall = {
  /** Also the name of its wrong fixture's folder. */
  readonly name: string;
  readonly why: string;
  /** The files whose imports it judges. */
  readonly of: RegExp;
  readonly except?: RegExp;
} & (
  | {
      readonly mayImport: readonly RegExp[];
      /** As `import type`, so that nothing of it is there at run time. */
      readonly mayImportTypes?: readonly RegExp[];
      readonly specsMayImport?: readonly RegExp[];
    }
  | { readonly neverImports: readonly RegExp[] }
);

const testing = /^(npm:(vitest|fast-check)|node:assert\/strict)$/;
const packages = /^(npm|node):/;
const schema = /^schema\/src\//;
const chassis = /^chassis\/src\//;
const testServers = /^test-servers\/src\//;
/** Specifications, and the words that they begin with. */
export const specification = /(\.spec|\/given)\.ts$/;
const test = /(^|\/)test\/|(\.(spec|contract)|\/given)\.ts$/;

/**
 * The words that every context shares: what things are called, counted in, and told to others as.
 */
const vocabulary = /^schema\/src\/(identifiers|quantities|money|events)\.ts$/;

/**
 * `decider` has the two answers of a rule. `stream-kind` is the aggregate's port: the type of a
 * stream (how its state begins, follows its facts and is written down) and of the view that a
 * decision over several streams is given, with the pure functions that name a stream. It reads and
 * writes nothing, so the core stays a function of its arguments.
 */
const core = /^chassis\/src\/(decider|stream-kind)\.ts$/;

const drivers = 'sqlite|mongo|jetstream|http|thread|opentelemetry|in-process|in-memory|simulated';
/** Adapters of the chassis: the only files that know a driver. */
const adapters = new RegExp(`^chassis/src/(.+\\.(${drivers})|sqlite/.+)\\.ts$`);
/** Wires the shipped code on its own adapters, as main files do on real ones. */
const simulation = /^chassis\/src\/simulation\//;

type Aggregate = {
  readonly name: string;
  readonly folder: string;
  readonly buildsOn: readonly string[];
};

/** Claims are decided over stock, stock by the catalog's rules; never the other way round. */
const aggregates: readonly Aggregate[] = [
  { name: 'catalog', folder: 'subgraphs/inventory/src/catalog', buildsOn: [] },
  { name: 'stock', folder: 'subgraphs/inventory/src/stock', buildsOn: ['catalog'] },
  { name: 'claim', folder: 'subgraphs/inventory/src/claim', buildsOn: ['stock', 'catalog'] },
  { name: 'order', folder: 'subgraphs/orders/src/order', buildsOn: [] },
  { name: 'process', folder: 'subgraphs/orders/src/process', buildsOn: ['order'] },
];

const aggregateFile = /^subgraphs\/[^/]+\/src\/(catalog|stock|claim|order|process)\//;

const wallOfAggregate = ({ name, folder, buildsOn }: Aggregate): Wall => ({
  name: `aggregate-${name}`,
  why: `it knows ${[name, ...buildsOn].join(', ')}, the vocabulary and the core alone`,
  of: new RegExp(`^${folder}/`),
  mayImport: [
    new RegExp(`^${folder}/`),
    ...buildsOn.map(
      (other) => new RegExp(`^${folder.slice(0, folder.lastIndexOf('/'))}/${other}/`),
    ),
    vocabulary,
    core,
  ],
  // An order remembers the role of who placed it; the word, not the rights that go with it.
  mayImportTypes: name === 'order' ? [/^schema\/src\/caller\.ts$/] : [],
  specsMayImport: [/^chassis\/src\/(specification|commit)\.ts$/, testing],
});

export const walls: readonly Wall[] = [
  {
    name: 'schema',
    why: 'the contract stands on nothing of ours',
    of: /^schema\//,
    mayImport: [/^schema\//, packages],
  },
  {
    name: 'chassis',
    why: 'what all contexts stand on knows none of them',
    of: /^chassis\//,
    mayImport: [/^chassis\//, schema, testServers, packages],
  },
  ...['inventory', 'orders'].map(
    (name): Wall => ({
      name: `subgraph-${name}`,
      why: 'contexts share events and the chassis, never code',
      of: new RegExp(`^subgraphs/${name}/`),
      mayImport: [new RegExp(`^subgraphs/${name}/`), schema, chassis, packages],
    }),
  ),
  ...aggregates.map(wallOfAggregate),
  {
    name: 'facts',
    why: "an aggregate's events are types, made of the vocabulary alone: they outlive its code",
    of: /^subgraphs\/[^/]+\/src\/(catalog|stock|claim|order|process)\/events\.ts$/,
    mayImport: [],
    mayImportTypes: [vocabulary, /^schema\/src\/caller\.ts$/],
  },
  {
    name: 'policies',
    why: 'a policy turns a fact into a command: it knows the words of both and runs nothing',
    of: /^subgraphs\/[^/]+\/src\/policies\//,
    mayImport: [/^subgraphs\/[^/]+\/src\/policies\//, schema],
    mayImportTypes: [aggregateFile, chassis],
    specsMayImport: [aggregateFile, chassis, testing],
  },
  {
    name: 'projections',
    why: 'a projection folds facts by the functions that decided them, and answers nobody',
    of: /^subgraphs\/[^/]+\/src\/projections\//,
    mayImport: [
      /^subgraphs\/[^/]+\/src\/(projections\/|publish\.ts$)/,
      aggregateFile,
      schema,
      /^chassis\/src\/(decider|stream-kind)\.ts$/,
    ],
    mayImportTypes: [chassis],
    specsMayImport: [chassis, testing],
  },
  {
    name: 'publish',
    why: 'what others hear of a fact is a function of the fact',
    of: /^subgraphs\/[^/]+\/src\/publish\.ts$/,
    mayImport: [aggregateFile, schema, core],
    mayImportTypes: [chassis],
  },
  {
    name: 'graphql',
    why: 'resolvers parse, ask and answer; they reach the world by what the context hands them',
    of: /^subgraphs\/[^/]+\/src\/graphql\//,
    mayImport: [
      /^subgraphs\/[^/]+\/src\//,
      schema,
      chassis,
      /^(npm:(graphql|zod|dataloader)|node:crypto)$/,
    ],
    specsMayImport: [testing],
  },
  {
    name: 'wiring',
    why: 'app.ts is the last to be imported: only main files, tests and the house start a context',
    of: /^subgraphs\//,
    except: /\/main\.ts$|(^|\/)test\/|\.spec\.ts$/,
    neverImports: [/^subgraphs\/[^/]+\/src\/(app|main)\.ts$/],
  },
  {
    name: 'adapters',
    why: 'who wires picks the adapters; everybody else knows ports',
    of: /^(schema|chassis|subgraphs|gateway)\//,
    except: new RegExp(`${adapters.source}|${simulation.source}|/main\\.ts$|${test.source}`),
    neverImports: [adapters],
  },
  ...(
    [
      ['sqlite', /^chassis\/src\/(.+\.sqlite|sqlite\/.+)\.ts$/, /^node:sqlite$/],
      ['mongodb', /^chassis\/src\/.+\.mongo\.ts$/, /^npm:mongodb$/],
      ['opentelemetry', /\.opentelemetry\.ts$/, /^npm:@opentelemetry\//],
    ] as const
  ).map(
    ([name, adapters, driver]): Wall => ({
      name,
      why: 'one driver, one place: a change of it touches its adapters alone',
      of: /./,
      except: new RegExp(`${adapters.source}|${test.source}`),
      neverImports: [driver],
    }),
  ),
  {
    name: 'world',
    why: 'files, sockets, threads and processes are for adapters and main files (DESIGN 2 "Ports")',
    of: /^(chassis|subgraphs)\//,
    except: new RegExp(`${adapters.source}|/main\\.ts$|${test.source}`),
    neverImports: [
      /^node:(fs|fs\/promises|net|tls|dgram|dns|http|https|http2)$/,
      /^node:(child_process|cluster|worker_threads)$/,
      /^npm:(undici|ws|mongodb|@nats-io\/)/,
    ],
  },
  {
    name: 'gateway',
    why: 'the gateway knows the contract; subgraphs reach it through the door in schema/subgraph',
    of: /^gateway\//,
    except: /^gateway\/test\//,
    mayImport: [/^gateway\/src\//, schema, packages],
  },
  {
    name: 'gateway-test',
    why: 'a test of the gateway may run real subgraphs behind it, by their front door',
    of: /^gateway\/test\//,
    mayImport: [/^gateway\//, schema, /^subgraphs\/[^/]+\/src\/app\.ts$/, packages],
  },
  {
    name: 'console',
    why: 'browser code reaches the server by the public API alone',
    of: /^console\//,
    mayImport: [/^console\//, packages],
    // The examples on its pages are checked against the contract.
    specsMayImport: [schema],
  },
  {
    name: 'house',
    why: 'only the house holds all parts, so no part may lean on it',
    of: /^(schema|chassis|subgraphs|gateway|console)\//,
    neverImports: [/^(holdfast|bench)\//],
  },
  {
    name: 'test-servers',
    why: 'it finds and starts servers for whatever tests need them, and knows none of those',
    of: /^test-servers\//,
    mayImport: [/^test-servers\//, packages],
  },
  {
    name: 'deploy',
    why: 'it checks files about the system from outside; its tests may start the system',
    of: /^deploy\//,
    mayImport: [/^deploy\//, testServers, packages],
    specsMayImport: [/^holdfast\/(src\/start-holdfast\.ts|package\.json)$/],
  },
  {
    name: 'served-tests',
    why: 'what is shipped takes the servers that it is told, and starts none',
    of: /^(schema|chassis|subgraphs|gateway|console|holdfast)\//,
    except: test,
    neverImports: [testServers],
  },
  {
    name: 'bench',
    why: 'what is shipped never depends on what measures it',
    of: /^holdfast\//,
    neverImports: [/^bench\//],
  },
];
