/** Where in the stream a consumer has to begin, found by the versions that it has. */

import type { NatsLink } from '../nats/nats-connection.jetstream.ts';
import type { ConsumeOptions } from './bus.ts';
import { versionOfMessage } from './bus.ts';

/** @returns the sequence of the first message that any of the subjects still needs */
export async function firstNeeded(
  link: NatsLink,
  stream: string,
  { subjects, after }: Pick<ConsumeOptions, 'subjects' | 'after'>,
): Promise<number> {
  const { state } = await link.whileConnected(() => link.manager.streams.info(stream));
  const { first_seq: first, last_seq: last } = state;
  if (!after) return first;
  const needed = subjects.map((subject, at) =>
    firstAfter(link, { stream, subject: link.subject(subject), first, last }, after[at] ?? 0),
  );
  return (await Promise.all(needed)).reduce((least, one) => Math.min(least, one), last + 1);
}

type Searched = {
  readonly stream: string;
  readonly subject: string;
  readonly first: number;
  readonly last: number;
};

/**
 * By halving: versions of a subject grow with their place. Where they do not, because something was
 * published twice, the consumer finds a gap and looks into the log.
 */
async function firstAfter(
  link: NatsLink,
  { stream, subject, first, last }: Searched,
  version: number,
): Promise<number> {
  let from = first;
  let until = last + 1;
  while (from < until) {
    const middle = Math.floor((from + until) / 2);
    const query = { seq: middle, next_by_subj: subject };
    const found = await link.whileConnected(() => link.manager.direct.getMessage(stream, query));
    if (!found) until = middle;
    else if (versionOfMessage(found.header.get('Nats-Msg-Id')) > version) until = middle;
    else from = found.seq + 1;
  }
  return from;
}
