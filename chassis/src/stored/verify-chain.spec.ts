import { describe, expect, it } from 'vitest';
import { commitAfter, happened } from '#test/commits.ts';
import { type Commit, genesisHash, type LaneId } from '../commit.ts';
import { StoreCorrupt } from '../log/event-log.ts';
import { verifyChain } from './verify-chain.ts';

const lane: LaneId = { context: 'inventory', lane: 0 };

const chain = (length: number): Commit[] => {
  const commits: Commit[] = [];
  for (let at = 0; at < length; at += 1) {
    const head = commits.at(-1) ?? { version: 0, hash: genesisHash };
    commits.push(commitAfter(head, lane, { 'sku/A': [happened(at), happened(at)] }));
  }
  return commits;
};

describe('verifying a chain', () => {
  it('counts what is sound', async () => {
    const commits = chain(5);
    const head = { version: 5, hash: commits[4]?.hash };
    expect(await verifyChain(lane, commits)).toEqual({
      ...{ commits: 5, events: 10, head, breach: undefined },
    });
    expect(await verifyChain(lane, [])).toMatchObject({ commits: 0, breach: undefined });
  });

  it.each([
    ['a missing commit', (all: Commit[]) => all.toSpliced(2, 1), 'VersionsDense'],
    ['a missing beginning', (all: Commit[]) => all.slice(1), 'VersionsDense'],
    ['a repeated commit', (all: Commit[]) => all.toSpliced(2, 0, all[1]!), 'VersionsDense'],
    [
      'another chain',
      (all: Commit[]) => [...all.slice(0, 2), ...chain(5).slice(2)],
      'ChainUnbroken',
    ],
    [
      'a changed body',
      (all: Commit[]) =>
        all.with(2, { ...all[2]!, body: all[2]!.body.replace('Happened', 'Hoppened') }),
      'ContentUnchanged',
    ],
  ] as const)('finds %s', async (_, spoil, rule) => {
    const { breach } = await verifyChain(lane, spoil(chain(5)));
    expect(breach?.rule).toBe(rule);
    expect(breach?.version).toBeLessThanOrEqual(3);
  });

  it('finds a commit of another lane', async () => {
    const { breach } = await verifyChain({ context: 'inventory', lane: 1 }, chain(2));
    expect(breach).toMatchObject({ version: 1, rule: 'ContentUnchanged' });
  });

  it('takes what cannot be read for a breach', async () => {
    async function* failing() {
      yield* chain(2);
      throw new StoreCorrupt('its hash does not match');
    }
    expect(await verifyChain(lane, failing())).toMatchObject({
      commits: 2,
      breach: { version: 3, rule: 'Readable', detail: 'its hash does not match' },
    });
  });
});
