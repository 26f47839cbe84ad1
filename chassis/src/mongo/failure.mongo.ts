/** MongoDB's failures in sentences that say what to do; none of them shows the URL's password. */
import {
  MongoAPIError,
  MongoCompatibilityError,
  MongoError,
  MongoParseError,
  MongoServerError,
  MongoServerSelectionError,
  type TopologyDescription,
} from 'mongodb';
import { StoreFailure } from '../store-failure.ts';

/** MongoDB 7.0; what came before has reached its end of life. */
export const wireVersionMin = 21;

// From MongoDB's list of error codes.
const unauthorized = 13;
const authenticationFailed = [18, 8_000];
export const duplicateKey = 11_000;
/** No room on its disk; a failure inside it, which is what FerretDB says of a full disk. */
export const cannotWriteCodes: readonly unknown[] = [14_031, 1];

export const tooOld = (servers: string): StoreFailure =>
  new StoreFailure(
    `MongoDB at ${servers} is older than 7.0; install MongoDB 7.0 or a newer one there.`,
  );

function selectionFailure(failure: MongoServerSelectionError, servers: string): StoreFailure {
  const topology = failure.reason as TopologyDescription | undefined;
  const known = [...(topology?.servers.values() ?? [])];
  const isOld = known.some(({ error }) => error instanceof MongoCompatibilityError);
  if (isOld || topology?.compatible === false) return tooOld(servers);
  const denied = known.map(({ error }) => error && deniedFailure(error, servers)).find(Boolean);
  if (denied) return denied;
  const sentence = known.some(({ type }) => type !== 'Unknown')
    ? `MongoDB at ${servers} has no primary; check the replica set, and its name in MONGODB_URL.`
    : `No MongoDB answers at ${servers}; start it, or correct MONGODB_URL.`;
  return new StoreFailure(sentence, { cause: failure });
}

function deniedFailure(failure: MongoError, servers: string): StoreFailure | undefined {
  if (!(failure instanceof MongoServerError)) return undefined;
  if (authenticationFailed.includes(Number(failure.code))) {
    return new StoreFailure(
      `MongoDB at ${servers} refuses the user or the password of MONGODB_URL; correct them.`,
      { cause: failure },
    );
  }
  if (failure.code !== unauthorized) return undefined;
  return new StoreFailure(
    `The user of MONGODB_URL lacks rights at ${servers}; give it the roles that DECISIONS names.`,
    { cause: failure },
  );
}

function cannotWrite(failure: MongoError, servers: string): StoreFailure | undefined {
  if (!(failure instanceof MongoServerError && cannotWriteCodes.includes(failure.code))) return;
  return new StoreFailure(
    `MongoDB at ${servers} cannot write; make room on its disk, or see its log.`,
    { cause: failure },
  );
}

/** No cause: the driver's own text may quote the URL. */
export const wrongUrl = (): StoreFailure =>
  new StoreFailure(
    'MONGODB_URL is not the URL of a MongoDB; set it to mongodb://HOST:PORT/ or its like.',
  );

/**
 * What a start says; undefined when the failure is none of MongoDB's.
 *
 * @param servers hosts and ports, without user and password
 */
export function asMongoFailure(failure: unknown, servers: string): StoreFailure | undefined {
  if (failure instanceof StoreFailure) return failure;
  if (!(failure instanceof MongoError)) return undefined;
  if (failure instanceof MongoServerSelectionError) return selectionFailure(failure, servers);
  if (failure instanceof MongoParseError || failure instanceof MongoAPIError) return wrongUrl();
  return (
    deniedFailure(failure, servers) ??
    cannotWrite(failure, servers) ??
    new StoreFailure(
      `MongoDB at ${servers} fails (${failure.name}); see its log and start again when it is well.`,
      { cause: failure },
    )
  );
}
