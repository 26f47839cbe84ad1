/** What a stream of commits holds, for checks of a relay. */
import { parseCommitMessage } from '../src/bus/commit-message.ts';
import type { NatsLink } from '../src/nats/nats-connection.jetstream.ts';

/** Versions in the order of the stream, by lane; each commit has its own hash. */
export async function versionsInStream(link: NatsLink): Promise<Map<number, number[]>> {
  const stream = link.named('LOG');
  const { state } = await link.manager.streams.info(stream);
  const lanes = new Map<number, number[]>();
  const batch = 500;
  for (let seq = state.first_seq; seq <= state.last_seq; ) {
    const found = await link.manager.direct.getBatch(stream, { seq, batch });
    let last = seq - 1;
    for await (const message of found) {
      const commit = parseCommitMessage(message.data);
      if (!commit) throw new Error(`message ${message.seq} is no commit`);
      lanes.set(commit.lane, [...(lanes.get(commit.lane) ?? []), commit.version]);
      last = message.seq;
    }
    if (last < seq) break;
    seq = last + 1;
  }
  return lanes;
}

/** Without what came again. */
export const firstOccurrences = (versions: readonly number[]): readonly number[] => [
  ...new Set(versions),
];
