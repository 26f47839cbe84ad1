/** A log of one lane in three: streams go by their first letter, outcomes by the command's key. */
import { expect, it } from 'vitest';
import {
  type Commit,
  decodeCommit,
  type Entry,
  encodeBody,
  eventId,
  genesisHash,
  recordedEvents,
} from '../commit.ts';
import { closeCommit, openCommit } from '../log/open-commit.ts';
import { type PlaceCommand, sourceStream, takeOver } from './relane.ts';
import { verifyChain } from './verify-chain.ts';

const laneCount = 3;
const laneOf = (name: string): number => 'abc'.indexOf(name.slice(0, 1));
const source = { context: 'shop', lane: 0 };

const command = (key: string) => ({ type: 'Test', by: 'ann', actor: 'agent', key, input: 'i' });
const happened = (...units: number[]) => units.map((unit) => ({ type: 'Happened', unit }));
const entry = (stream: string, ...units: number[]): Entry => ({
  stream,
  events: happened(...units),
});
const first = (key: string, { stream, events }: Entry): Entry => ({
  ...{ stream, command: command(key), outcome: { accepted: key }, events },
});

/** Every fact is told where its stream is; of `both` a lane tells itself, too. */
const place: PlaceCommand = ({ record, stream, facts }) => ({
  home: laneOf(record?.key ?? stream),
  facts: facts.flatMap((fact) => {
    const placed = { ...fact, lane: laneOf(fact.stream) };
    return fact.stream === 'both' ? [placed, { ...placed, lane: 2, id: undefined }] : [placed];
  }),
});

function logOf(...commits: readonly (readonly Entry[])[]): readonly Commit[] {
  let head = { version: 0, hash: genesisHash };
  return commits.map((entries, at) => {
    const open = openCommit(head.version + 1, 1_000 + at);
    open.entries.push(...entries);
    open.encoded.push(...entries.map((each) => JSON.stringify(each)));
    const commit = closeCommit(source, open, head, `commit-${at}`);
    head = { version: commit.version, hash: commit.hash };
    return commit;
  });
}

const log = logOf(
  [first('a1', entry('a', 1)), first('b1', entry('b', 2)), entry('a', 3)],
  [],
  [first('c1', entry('b', 4, 5)), first('a2', entry('both', 6))],
);

const heads = [{ ...source, version: 3, hash: log.at(-1)?.hash ?? '' }];
const relaned = () => {
  const taken = takeOver({
    ...{ context: 'shop', laneCount, source: heads, at: 1_000, commitId: 'first', place },
  });
  const all = [...taken.begin, ...log.flatMap(taken.carry)];
  return { taken, lanes: [0, 1, 2].map((lane) => all.filter((each) => each.lane === lane)) };
};

it('gives each lane its own chain, and a first commit with the heads of the source', async () => {
  const { lanes, taken } = relaned();
  for (const [lane, commits] of lanes.entries()) {
    const report = await verifyChain({ context: 'shop', lane }, commits);
    expect(report).toMatchObject({ breach: undefined, head: taken.head(lane) });
    expect(commits[0]?.entries).toMatchObject([
      { stream: sourceStream, outcome: { accepted: { heads } }, events: [] },
    ]);
    const times = commits.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // As it is stored, too.
    for (const commit of commits) expect(decodeCommit(commit).entries).toEqual(commit.entries);
  }
});

it('tells every fact once in its lane, under the id that it had', () => {
  const told = relaned().lanes.flatMap((commits) =>
    commits.flatMap((commit) => [...recordedEvents(commit)].map((each) => ({ ...each, commit }))),
  );
  const facts = log.flatMap((commit) => [...recordedEvents(commit)]);
  for (const { id, event, stream, at, command: cause } of facts) {
    const found = told.filter((each) => each.id === id);
    expect(found).toMatchObject([{ event, stream, at, command: cause }]);
    expect(found[0]?.commit.lane).toBe(laneOf(stream));
  }
  expect(told).toHaveLength(facts.length + 1);
});

it('calls a fact that it adds as no event of the source is called, or will be here', () => {
  const { lanes } = relaned();
  const added = lanes[2]?.flatMap((commit) => [...recordedEvents(commit)]) ?? [];
  expect(added.map(({ id }) => id)).toEqual([eventId({ ...source, version: 3 }, 3)]);
});

it('goes on in lane 0 with a version that the source never had, so that its ids are new', () => {
  expect(relaned().lanes[0]?.map(({ version, entries }) => [version, entries.length])).toEqual([
    ...[
      [1, 1],
      [2, 2],
      [3, 0],
      [4, 1],
    ],
  ]);
});

it('keeps each outcome in one lane: where its key is looked for', () => {
  const outcomes = relaned().lanes.map((commits) =>
    commits.slice(1).flatMap(({ entries }) => entries.flatMap((each) => each.outcome ?? [])),
  );
  expect(outcomes).toEqual([
    [{ accepted: 'a1' }, { accepted: 'a2' }],
    [{ accepted: 'b1' }],
    [{ accepted: 'c1' }],
  ]);
});

it('numbers what is recorded later by its commit, as ever', () => {
  const body = encodeBody('later', 2_000, [JSON.stringify(entry('a', 7))]);
  const later = { ...source, version: 5, commitId: 'later', prevHash: '', hash: '', body };
  expect([...recordedEvents(decodeCommit(later))].map(({ id }) => id)).toEqual(['shop:0:5:0']);
});
