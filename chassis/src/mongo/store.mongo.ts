/**
 * One MongoDB, opened and checked: a database for each context, and one for what all of them
 * share. Only what every compatible server has is used: single documents, unique ids.
 */
import { LRUCache } from 'lru-cache';
import {
  type Collection,
  type Document,
  MongoClient,
  ReadConcern,
  ReadPreference,
  WriteConcern,
} from 'mongodb';
import { asMongoFailure, tooOld, wireVersionMin, wrongUrl } from './failure.mongo.ts';
import { ensureIndexes } from './indexes.mongo.ts';
import { oncePerContext } from './once-per-context.ts';
import { probe } from './probe.mongo.ts';

export type MongoStore = {
  readonly client: MongoClient;
  /** Hosts and ports for people, without user and password. */
  readonly servers: string;
  /**
   * Whether a range of ids, or an id and a condition, costs what it finds. FerretDB 1 finds a
   * single id; for all else it reads the whole collection.
   */
  readonly rangesAreIndexed: boolean;
  /**
   * Writes rows of a database when it is their turn. FerretDB 1 lets those who write to one
   * database at once sleep and try again, up to 100 ms each time: of many nobody gets far.
   */
  inTurn<Written>(database: string, write: () => Promise<Written>): Promise<Written>;
  /** Rows that are there for certain; not all of them. */
  readonly knownIds: LRUCache<string, true>;
  collection<Kept extends Document>(context: string, name: string): Collection<Kept>;
  /** What belongs to no context: who the store is, who may call. */
  shared<Kept extends Document>(name: string): Collection<Kept>;
  close(): Promise<void>;
};

export type OpenMongoOptions = {
  readonly url: string;
  /** Contexts whose rows and documents this process keeps; it may read the logs of others. */
  readonly own: readonly string[];
  /** Before each database's name. */
  readonly prefix?: string;
};

export const defaultPrefix = 'holdfast_';
const sharedName = 'shared';

/** Lanes of a context send one bulk; the rest is rows, documents and reads. */
const connectionsMax = 20;
const knownIdsMax = 50_000;
/** After that an outcome is unknown, and whoever asked asks again. */
const answerWithinMs = 5_000;
const connectWithinMs = 3_000;
/** Ends at the server before the client gives up, so that no work goes on for nobody. */
export const workWithinMs = 4_000;

/**
 * Given to each database, where nothing in the URL is stronger: its `journal=false` would win over
 * the same options of the client (RELIABILITY 1.3).
 */
const safely = {
  readPreference: ReadPreference.primary,
  readConcern: new ReadConcern('majority'),
  writeConcern: new WriteConcern('majority', workWithinMs, true),
};

const bounded = {
  appName: 'holdfast',
  // The driver leaves them away where the server is no replica set.
  retryWrites: true,
  retryReads: true,
  maxPoolSize: connectionsMax,
  connectTimeoutMS: connectWithinMs,
  serverSelectionTimeoutMS: answerWithinMs,
  waitQueueTimeoutMS: answerWithinMs,
  socketTimeoutMS: answerWithinMs,
  ignoreUndefined: false,
  serializeFunctions: false,
} as const;

/** A database's name has no room for much else; nothing from outside becomes one. */
const contextName = /^[a-z][a-z-]{0,30}$/;

function clientFor(url: string): MongoClient {
  try {
    return new MongoClient(url, bounded);
  } catch {
    throw wrongUrl();
  }
}

/** @throws StoreFailure with a sentence: unreachable, denied, too old, or not up to its part */
export async function openMongoStore(options: OpenMongoOptions): Promise<MongoStore> {
  const client = clientFor(options.url);
  const servers = client.options.hosts.map(String).join(',') || String(client.options.srvHost);
  try {
    await client.connect();
    const store = await storeOn(client, servers, options.prefix ?? defaultPrefix);
    if (options.own.length > 0) await probe(store);
    for (const context of options.own) await ensureIndexes(store, context);
    return store;
  } catch (failure) {
    await client.close();
    throw asMongoFailure(failure, servers) ?? failure;
  }
}

function oneByOne(): MongoStore['inTurn'] {
  const last = new Map<string, Promise<unknown>>();
  return (database, write) => {
    const written = (last.get(database) ?? Promise.resolve()).then(write);
    last.set(
      database,
      written.catch(() => {}),
    );
    return written;
  };
}

async function storeOn(client: MongoClient, servers: string, prefix: string): Promise<MongoStore> {
  const admin = client.db('admin');
  const hello = await admin.command({ hello: 1 });
  if (!(Number(hello.maxWireVersion) >= wireVersionMin)) throw tooOld(servers);
  const isFerret = 'ferretdbVersion' in (await admin.command({ buildInfo: 1 }));
  const database = oncePerContext((name) => {
    if (!contextName.test(name)) throw new Error(`${name} is no name of a context`);
    return client.db(prefix + name, safely);
  });
  return {
    client,
    servers,
    rangesAreIndexed: !isFerret,
    knownIds: new LRUCache({ max: knownIdsMax }),
    inTurn: isFerret ? oneByOne() : (_, write) => write(),
    collection: (context, name) => database(context).collection(name),
    shared: (name) => database(sharedName).collection(name),
    close: () => client.close(),
  };
}
