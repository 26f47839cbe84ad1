/**
 * The least that a MongoDB user needs, as data: what `db.runCommand({createRole: …})` takes. The
 * log may be added to and read, never changed.
 */
export type Privilege = {
  readonly resource: { readonly db: string; readonly collection: string };
  readonly actions: readonly string[];
};

const read = ['find'];
const append = ['find', 'insert'];
const keep = ['find', 'insert', 'update', 'remove'];
/** Indexes are looked at in each start, and made in the first. */
const indexed = ['listIndexes', 'createIndex'];

/** Collection to what its context's own processes do there. */
const own: Readonly<Record<string, readonly string[]>> = {
  log: [...append, 'listIndexes'],
  streams: [...keep, ...indexed],
  outcomes: [...keep, ...indexed],
  checkpoints: [...keep, ...indexed],
  documents: [...keep, ...indexed],
  parked: [...keep, ...indexed],
  positions: [...keep, ...indexed],
  personal_keys: [...keep, ...indexed],
};

const shared: Readonly<Record<string, readonly string[]>> = {
  meta: append,
  probes: keep,
  api_keys: ['find', 'insert', 'update'],
};

const privileges = (db: string, rights: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(rights).map(
    ([collection, actions]): Privilege => ({ resource: { db, collection }, actions }),
  );

/** For a process of one context that reads the logs of the others. */
export const rightsOf = (
  context: string,
  others: readonly string[],
  prefix: string,
): readonly Privilege[] => [
  ...privileges(`${prefix}${context}`, own),
  ...others.flatMap((other) => privileges(`${prefix}${other}`, { log: read })),
  ...privileges(`${prefix}shared`, shared),
];
