/** What a Holdfast store looks like in SQLite. */
export const storeFormat = 2;

/** Log, secrets and keys: what cannot be made again. */
export const logFile = 'holdfast.db';
/** Everything that could be made again from the log. */
export const rowsFile = 'rows.db';

/** Instead of the format while a log is being imported: nobody may start on a part of it. */
export const importing = ['format', 'an import that has not ended'] as const;
export const importEnded = ['format', String(storeFormat)] as const;

export const createLogTables = `
  CREATE TABLE IF NOT EXISTS meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log (
    context TEXT NOT NULL,
    lane INTEGER NOT NULL,
    version INTEGER NOT NULL,
    commit_id TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (context, lane, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS personal_keys (
    subject TEXT PRIMARY KEY,
    key BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO meta (key, value) VALUES
    ('format', '${storeFormat}'), ('store', lower(hex(randomblob(16)))) ON CONFLICT DO NOTHING;
`;

export const createRowTables = `
  CREATE TABLE IF NOT EXISTS made_from (only INTEGER PRIMARY KEY, store TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoints (
    context TEXT NOT NULL,
    lane INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (context, lane)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS streams (
    context TEXT NOT NULL,
    lane INTEGER NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    due INTEGER,
    sum INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (context, lane, stream)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS streams_due ON streams (context, lane, due) WHERE due IS NOT NULL;
  CREATE TABLE IF NOT EXISTS outcomes (
    context TEXT NOT NULL,
    lane INTEGER NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    keep_until INTEGER NOT NULL,
    input TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (context, lane, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS outcomes_keep ON outcomes (context, lane, keep_until);
  CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (collection, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS positions (
    consumer TEXT NOT NULL,
    context TEXT NOT NULL,
    lane INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (consumer, context, lane)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * The write-ahead log is folded back in big steps: small ones make every thousandth append wait.
 */
const checkpointPages = 16_384;

/** Each transaction says for itself whether it is synced. */
export const writerPragmas = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = ${checkpointPages};
  PRAGMA cache_size = -16384;
`;
