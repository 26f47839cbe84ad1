import {
  type Commit,
  type CommitRecord,
  chainHash,
  decodeCommit,
  type LaneId,
  laneKey,
} from '../commit.ts';
import { StoreCorrupt } from './event-log.ts';

/** As stored: lane and version are the _id, the context is the database. */
export type StoredCommit = {
  readonly _id: string;
  readonly commitId: string;
  readonly prevHash: string;
  readonly hash: string;
  readonly body: string;
};

const lanesMax = 100;
const versionDigits = 12;
export const versionMax = 10 ** versionDigits - 1;

/** Sorts and delimits the ids of one lane: `05#` to `05$`, the character after it. */
export function lanePrefix(lane: number): string {
  if (!(Number.isInteger(lane) && lane >= 0 && lane < lanesMax)) throw new Error('no such lane');
  return `${String(lane).padStart(2, '0')}#`;
}
export const laneEnd = (lane: number): string => `${lanePrefix(lane).slice(0, -1)}$`;

export const commitKey = (lane: number, version: number): string =>
  lanePrefix(lane) + String(Math.min(version, versionMax)).padStart(versionDigits, '0');

const textFields = ['commitId', 'prevHash', 'hash', 'body'] as const;

/** @throws StoreCorrupt when the document is not what its hash says */
export function commitFromStored({ context, lane }: LaneId, stored: StoredCommit): Commit {
  const version = Number(stored._id.slice(lanePrefix(lane).length));
  const { commitId, prevHash, hash, body } = stored;
  const record: CommitRecord = { context, lane, version, commitId, prevHash, hash, body };
  const isText = textFields.every((field) => typeof record[field] === 'string');
  if (!isText || chainHash(prevHash, record, version, body) !== hash) {
    throw new StoreCorrupt(
      `commit ${version} of ${laneKey(record)} is not what was written: its hash does not match`,
    );
  }
  return decodeCommit(record);
}
