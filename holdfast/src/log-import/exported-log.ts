/** An exported log, read line by line; what it cannot be is refused with its line. */
import { createReadStream, existsSync } from 'node:fs';
import {
  type Commit,
  type CommitRecord,
  chainHash,
  genesisHash,
  type LaneId,
  laneKey,
} from '@holdfast/chassis/commit';
import type { Head } from '@holdfast/chassis/log/event-log';
import { z } from 'zod';
import { Refused } from '../refused.ts';

const record = z.object({
  context: z.enum(['inventory', 'orders']),
  lane: z.int().min(0).max(99),
  version: z.int().min(1),
  commitId: z.string(),
  prevHash: z.string(),
  hash: z.string(),
  body: z.string(),
});

const texts = { type: z.string(), by: z.string(), actor: z.string() };
const optionalText = z.string().optional();
const command = z.looseObject({ ...texts, key: optionalText, input: optionalText });
const outcome = z.union([
  z.strictObject({ accepted: z.unknown() }),
  z.strictObject({ rejected: z.looseObject({ type: z.string() }) }),
]);

const body = z.object({
  at: z.number(),
  entries: z.array(
    z.looseObject({
      stream: z.string(),
      command: command.optional(),
      outcome: outcome.optional(),
      events: z.array(z.looseObject({ type: z.string() })),
      ids: z.array(z.string()).optional(),
    }),
  ),
});

/** A body has at most 256 KiB when it is written, and JSON within JSON is escaped. */
const lineLengthMax = 8 * 1024 * 1024;

const notACommit = (number: number, cause?: unknown) =>
  new Refused(`Line ${number} is not a commit; export the log again.`, { cause });

async function* linesOf(file: string, read: (bytes: number) => void): AsyncGenerator<string> {
  let rest = '';
  let number = 0;
  for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
    read(Buffer.byteLength(chunk));
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    number += lines.length;
    yield* lines;
    if (rest.length > lineLengthMax) throw notACommit(number + 1);
  }
  if (rest !== '') yield rest;
}

function parseLine(line: string, number: number): Commit {
  try {
    const parsed: CommitRecord = record.parse(JSON.parse(line));
    return {
      ...parsed,
      ...(body.parse(JSON.parse(parsed.body)) as Pick<Commit, 'at' | 'entries'>),
    };
  } catch (cause) {
    throw notACommit(number, cause);
  }
}

type Followed = Head & { readonly at: number };

/** @throws Refused when it does not follow `before`, or is not what was written */
function checkFollows(commit: Commit, before: Followed, number: number): void {
  const { version, prevHash, hash, body, at } = commit;
  const follows = version === before.version + 1 && prevHash === before.hash;
  if (follows && at >= before.at && chainHash(prevHash, commit, version, body) === hash) return;
  throw new Refused(`Line ${number} breaks the chain of ${laneKey(commit)}; export the log again.`);
}

export type ExportedCommit = { readonly number: number; readonly commit: Commit };

/**
 * @param read hears of bytes as they are read
 * @throws Refused
 */
export async function* commitsIn(
  file: string,
  read: (bytes: number) => void = () => {},
): AsyncGenerator<ExportedCommit> {
  if (!existsSync(file)) throw new Refused(`There is no file ${file}.`);
  const heads = new Map<string, Followed>();
  let number = 0;
  for await (const line of linesOf(file, read)) {
    number += 1;
    const commit = parseLine(line, number);
    const before = heads.get(laneKey(commit)) ?? { version: 0, hash: genesisHash, at: 0 };
    checkFollows(commit, before, number);
    heads.set(laneKey(commit), { version: commit.version, hash: commit.hash, at: commit.at });
    yield { number, commit };
  }
}

export type Survey = {
  readonly commits: number;
  /** Of each context, as far as commits tell. */
  readonly laneCount: number;
  /** Of the lanes that have commits. */
  readonly heads: ReadonlyMap<string, LaneId & Head>;
  /** Of each context's first commit. */
  readonly firstAt: ReadonlyMap<string, number>;
};

/** The whole log once, before anything is written. @throws Refused */
export async function surveyLog(file: string): Promise<Survey> {
  const heads = new Map<string, LaneId & Head>();
  const firstAt = new Map<string, number>();
  let commits = 0;
  let laneCount = 1;
  for await (const { commit } of commitsIn(file)) {
    const { context, lane, version, hash, at } = commit;
    commits += 1;
    laneCount = Math.max(laneCount, lane + 1);
    heads.set(laneKey(commit), { context, lane, version, hash });
    firstAt.set(context, Math.min(firstAt.get(context) ?? at, at));
  }
  return { commits, laneCount, heads, firstAt };
}
