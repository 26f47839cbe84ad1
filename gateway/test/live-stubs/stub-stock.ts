/** Availability as a subgraph would tell it: a log of changes, and live streams over it. */
import { GraphQLError } from 'graphql';
import { PushStream } from './push-stream.ts';

type Value = { readonly quantity: number; readonly version: number; readonly position: number };
type Message = { readonly __typename: string; readonly [field: string]: unknown };
type Asked = {
  readonly skus: readonly string[];
  readonly channel?: string;
  readonly after?: string;
};

export const stubStock = (epoch = 'e1') => {
  let current = epoch;
  let position = 0;
  let opened = 0;
  let refusing = false;
  const values = new Map<string, Value>();
  const streams = new Map<PushStream<Message>, ReadonlySet<string>>();
  const late = new Map<string, (() => void)[]>();
  const watching = new Map<string, Set<PushStream<Message>>>();

  const cursor = (at = position) => `${current}.${at}`;
  const asOf = () => '2026-11-21T09:30:00.000Z';
  const availability = (sku: string) => ({
    sku,
    channel: 'default',
    version: values.get(sku)?.version ?? 0,
    availableToPromise: values.get(sku)?.quantity ?? 0,
    item: { sku },
  });
  const changeOf = (sku: string): Message => ({
    __typename: 'AvailabilityChange',
    availability: availability(sku),
    cursor: cursor(values.get(sku)?.position),
  });
  const heartbeat = (): Message => ({ __typename: 'Heartbeat', asOf: asOf(), cursor: cursor() });
  const known = (skus: readonly string[]) => skus.filter((sku) => values.has(sku));

  /** Two parts, so that nobody can take the first for all. */
  const snapshot = (skus: readonly string[]): readonly Message[] => {
    const all = known(skus).map(availability);
    const half = Math.ceil(all.length / 2);
    return [all.slice(0, half), all.slice(half)].map((availabilities, part) => ({
      __typename: 'AvailabilitySnapshot',
      availabilities,
      complete: part === 1,
      cursor: cursor(),
    }));
  };
  const since = (skus: readonly string[], after: string): readonly Message[] => {
    const [theirs, at] = [after.slice(0, after.lastIndexOf('.')), Number(after.split('.').at(-1))];
    if (theirs !== current || !(at <= position)) {
      return [{ __typename: 'Reset', reason: 'too old' }, ...snapshot(skus), heartbeat()];
    }
    const changed = known(skus).filter((sku) => (values.get(sku)?.position ?? 0) > at);
    const positionOf = (sku: string) => values.get(sku)?.position ?? 0;
    changed.sort((one, other) => positionOf(one) - positionOf(other));
    return [...changed.map(changeOf), heartbeat()];
  };

  return {
    change: (sku: string, quantity = position + 1) => {
      position += 1;
      const version = (values.get(sku)?.version ?? 0) + 1;
      values.set(sku, { quantity, version, position });
      const change = changeOf(sku);
      const tell = () => {
        for (const stream of watching.get(sku) ?? []) stream.push(change);
      };
      if (late.has(sku)) late.get(sku)?.push(tell);
      else tell();
    },
    /** From now on the SKU's changes are told late: when the answer is called. */
    delay: (sku: string) => {
      late.set(sku, []);
      return () => {
        const told = late.get(sku) ?? [];
        late.delete(sku);
        for (const tell of told) tell();
      };
    },
    /** A heartbeat for all, or for those that watch a SKU. */
    beat: (sku?: string) => {
      const told = sku === undefined ? streams.keys() : (watching.get(sku) ?? []);
      for (const stream of told) stream.push(heartbeat());
    },
    /** What was told is told again. */
    repeat: (sku: string) => {
      for (const stream of watching.get(sku) ?? []) stream.push(changeOf(sku));
    },
    open: ({ skus, channel, after }: Asked) => {
      if (refusing) throw new Error('away');
      if (channel === 'nowhere') {
        throw new GraphQLError('No such channel.', { extensions: { code: 'BAD_USER_INPUT' } });
      }
      opened += 1;
      const stream: PushStream<Message> = new PushStream(() => {
        streams.delete(stream);
        for (const sku of skus) watching.get(sku)?.delete(stream);
      });
      streams.set(stream, new Set(skus));
      for (const sku of skus) {
        const streamsOfSku = watching.get(sku) ?? new Set();
        watching.set(sku, streamsOfSku.add(stream));
      }
      for (const message of after === undefined ? snapshot(skus) : since(skus, after)) {
        stream.push(message);
      }
      return stream;
    },
    /** All streams, or those that watch a SKU, end as if the connection had gone. */
    lose: (sku?: string) => {
      const lost = sku === undefined ? streams.keys() : (watching.get(sku) ?? []);
      for (const stream of [...lost]) void stream.return();
    },
    refuse: (now: boolean) => {
      refusing = now;
    },
    newEpoch: (name: string) => {
      current = name;
      position = 0;
      for (const [sku, { quantity }] of values)
        values.set(sku, { quantity, version: 1, position: 0 });
    },
    version: (sku: string) => values.get(sku)?.version ?? 0,
    cursor: () => cursor(),
    skusOfStreams: () => [...streams.values()].map((skus) => [...skus]),
    get opened() {
      return opened;
    },
    get streams() {
      return streams.size;
    },
  };
};

export type StubStock = ReturnType<typeof stubStock>;
