import { describe, expect, it } from 'vitest';
import { commitAfter, happened } from '#test/commits.ts';
import { chainHash } from '../commit.ts';
import { encodeCommitMessage, parseCommitMessage } from './commit-message.ts';
import { knownCommits } from './known-commits.ts';

const lane = { context: 'inventory', lane: 7 };
const commit = commitAfter({ version: 4, hash: 'before' }, lane, { 'sku/Ä\n': [happened(3)] });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const message = text(encodeCommitMessage(commit));

describe('a commit as a message', () => {
  it('comes back as it was', () => {
    const { entries, ...rest } = commit;
    expect(parseCommitMessage(encodeCommitMessage(commit))).toMatchObject(rest);
    expect(parseCommitMessage(encodeCommitMessage(commit))?.entries).toEqual(
      JSON.parse(commit.body).entries,
    );
  });

  it('is nothing when any byte of it is another', () => {
    const bytes = encodeCommitMessage(commit);
    for (let at = 0; at < bytes.length; at += 1) {
      const spoilt = Uint8Array.from(bytes);
      spoilt[at] = (spoilt[at] ?? 0) ^ 1;
      expect(parseCommitMessage(spoilt), `byte ${at}`).toBeUndefined();
    }
  });

  it('is nothing when it is cut, empty or something else', () => {
    const cut = Array.from({ length: message.length }, (_, at) => message.slice(0, at));
    for (const other of [...cut, '{}\n{}', 'null\nnull', '[]\n', '\n', 'hello']) {
      expect(parseCommitMessage(Buffer.from(other))).toBeUndefined();
    }
  });

  it('is the commit that is known by all that its head says, and not read again', () => {
    const known = knownCommits();
    const read = parseCommitMessage(encodeCommitMessage(commit), known);
    expect(parseCommitMessage(encodeCommitMessage(commit), known)).toBe(read);
    const others = { context: 'orders', lane: 8, version: 6, commitId: 'x', prevHash: 'x' };
    for (const [name, value] of Object.entries({ ...others, hash: 'x' })) {
      const other = encodeCommitMessage({ ...commit, [name]: value });
      expect(parseCommitMessage(other, known), name).toBe(undefined);
    }
  });

  it('is nothing when its hash is right and its body is no commit', () => {
    for (const body of ['{}', 'null', '{"at":1}', '{"at":1,"entries":[null]}', '{"entries":[]}']) {
      const { prevHash, version } = commit;
      const hash = chainHash(prevHash, lane, version, body);
      const forged = encodeCommitMessage({ ...commit, body, hash });
      expect(parseCommitMessage(forged), body).toBeUndefined();
    }
  });
});
