/**
 * Live availability: a snapshot or what changed since a cursor, then each change as an absolute
 * value.
 */
import type { ChannelCode, Sku } from '@holdfast/schema/identifiers';
import type { AvailabilityFeed } from '../projections/availability-feed.ts';
import type { ChangedAt } from '../reads.ts';
import type { InventoryContext } from './context.ts';
import { askedSkus, existingChannel } from './queries.ts';
import { instant, shownAvailability } from './shown.ts';

export const heartbeatMs = 15_000;
/** How long a process that lags behind a client's cursor is waited for, before it begins anew. */
const laggingLookMs = 20;
const laggingLooksMax = 100;
/** SKUs in one part of a snapshot. */
const snapshotPart = 100;

export type Live = {
  readonly feed: AvailabilityFeed;
  /** Names the store: a cursor of another one means nothing here. */
  readonly epoch: string;
  readonly after: (delayMs: number, wake: () => void) => () => void;
};

type Message = { readonly __typename: string } & Record<string, unknown>;

/** What has changed and not yet been told, and whom to wake. */
function pendingChanges() {
  const skus = new Set<Sku>();
  let beat = false;
  let stopped = false;
  let wake: (() => void) | undefined;
  const woken = () => {
    wake?.();
    wake = undefined;
  };
  return {
    add(sku: Sku) {
      skus.add(sku);
      woken();
    },
    beat() {
      beat = true;
      woken();
    },
    /** undefined when nobody listens any more. */
    async next(): Promise<{ readonly skus: readonly Sku[]; readonly beat: boolean } | undefined> {
      if (skus.size === 0 && !beat && !stopped) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (stopped) return undefined;
      const taken = { skus: [...skus], beat };
      skus.clear();
      beat = false;
      return taken;
    },
    stop() {
      stopped = true;
      woken();
    },
  };
}

type PendingChanges = ReturnType<typeof pendingChanges>;

/** A generator hears `return()` only at its next message, which may be far: it is woken first. */
function endingAtOnce(
  messages: AsyncGenerator<Message>,
  pending: PendingChanges,
): AsyncGenerator<Message> {
  const end = messages.return.bind(messages);
  messages.return = (value) => {
    pending.stop();
    return end(value);
  };
  return messages;
}

type Arguments = {
  readonly skus: readonly string[];
  readonly channel?: string | null;
  readonly after?: string | null;
};

/** @throws BAD_USER_INPUT for too many SKUs or an unknown channel */
export async function availabilityChanged(
  args: Arguments,
  context: InventoryContext,
  live: Live,
): Promise<AsyncGenerator<Message>> {
  const skus = [...new Set(askedSkus(args.skus).filter((sku) => sku !== undefined))];
  await context.upToDate(skus);
  const channel = existingChannel(args.channel, context);
  const pending = pendingChanges();
  const watched = { skus, channel, after: args.after ?? undefined };
  return endingAtOnce(messages(watched, context, live, pending), pending);
}

type Watched = {
  readonly skus: readonly Sku[];
  readonly channel: ChannelCode;
  readonly after: string | undefined;
};

async function* messages(
  { skus, channel, after }: Watched,
  context: InventoryContext,
  live: Live,
  pending: PendingChanges,
): AsyncGenerator<Message> {
  const { reads } = context;
  const cursor = (position: number) => `${epochOf(live, context)}.${position}`;
  // Before the first look, so that nothing falls between the look and the watch.
  const unwatch = live.feed.watch(skus, {
    changed: (sku) => {
      for (const each of sku === 'all' ? skus : [sku]) pending.add(each);
    },
  });
  let cancelBeat = live.after(heartbeatMs, pending.beat);
  const told = new Map<Sku, number>();
  const change = (changed: ChangedAt): Message | undefined => {
    const { sku } = changed.document.stock;
    const availability = shown(changed, channel, context);
    // By version: two changes may have one position, while the bus has not told their places.
    if (!availability || (told.get(sku) ?? -1) >= availability.version) return undefined;
    told.set(sku, availability.version);
    return { __typename: 'AvailabilityChange', availability, cursor: cursor(changed.shows) };
  };
  const heartbeat = (position: number): Message => ({
    ...{ __typename: 'Heartbeat', asOf: instant(context.now()), cursor: cursor(position) },
  });

  try {
    const from = after === undefined ? undefined : await resumeFrom(after, live, context);
    if (from === 'unknown') {
      yield { __typename: 'Reset', reason: 'the cursor is of another time; here is all of it' };
    }
    const upTo = reads.position();
    const found = (await reads.changedAt(skus)).filter((each) => each !== undefined);
    for (const each of found) noteTold(told, each, channel, context);
    if (typeof from === 'number') {
      const since = found.filter(({ position }) => position > from);
      since.sort((a, b) => a.position - b.position);
      for (const each of since) {
        told.delete(each.document.stock.sku);
        const message = change(each);
        if (message) yield message;
      }
    } else yield* snapshot(found, channel, context, cursor(upTo));
    // The mark of having caught up, for who resumes.
    if (after !== undefined) yield heartbeat(upTo);

    for (;;) {
      const next = await pending.next();
      if (!next) return;
      const position = reads.position();
      const changed = (await reads.changedAt(next.skus)).filter((each) => each !== undefined);
      changed.sort((a, b) => a.position - b.position);
      for (const each of changed) {
        const message = change(each);
        if (message) yield message;
      }
      if (!next.beat) continue;
      yield heartbeat(position);
      cancelBeat = live.after(heartbeatMs, pending.beat);
    }
  } finally {
    unwatch();
    cancelBeat();
    pending.stop();
  }
}

/** With several lanes, also the stream whose places positions are. */
function epochOf({ epoch }: Live, { reads }: InventoryContext): string {
  const ofPlaces = reads.epoch();
  return ofPlaces === undefined ? epoch : `${epoch}~${ofPlaces}`;
}

function noteTold(
  told: Map<Sku, number>,
  found: ChangedAt,
  channel: ChannelCode,
  context: InventoryContext,
): void {
  const availability = context.reads.availability(found.document, channel, context.now());
  if (availability) told.set(availability.sku, availability.version);
}

/** Another process may have told more than this one knows yet: it is waited for, within a bound. */
async function resumeFrom(
  after: string,
  live: Live,
  context: InventoryContext,
): Promise<number | 'unknown'> {
  const from = positionOf(after, epochOf(live, context));
  if (from === 'unknown') return from;
  // A process that knows all there is says at once that it is none of ours.
  const looksMax = context.reads.epoch() === undefined ? 0 : laggingLooksMax;
  for (let looks = 0; from > context.reads.position(); looks += 1) {
    if (looks === looksMax) return 'unknown';
    await new Promise<void>((resolve) => {
      live.after(laggingLookMs, resolve);
    });
  }
  return from;
}

function shown({ document }: ChangedAt, channel: ChannelCode, context: InventoryContext) {
  const now = context.now();
  const availability = context.reads.availability(document, channel, now);
  return availability && shownAvailability(availability, now, context);
}

function* snapshot(
  found: readonly ChangedAt[],
  channel: ChannelCode,
  context: InventoryContext,
  cursor: string,
): Generator<Message> {
  for (let at = 0; at === 0 || at < found.length; at += snapshotPart) {
    const availabilities = found
      .slice(at, at + snapshotPart)
      .map((each) => shown(each, channel, context))
      .filter((each) => each !== undefined);
    const complete = at + snapshotPart >= found.length;
    yield { __typename: 'AvailabilitySnapshot', availabilities, complete, cursor };
  }
}

/** @returns the place to resume after, or `unknown` for what this store never gave */
function positionOf(cursor: string, epoch: string): number | 'unknown' {
  const dot = cursor.lastIndexOf('.');
  const position = Number(cursor.slice(dot + 1));
  const ours = dot > 0 && cursor.slice(0, dot) === epoch && /^\d+$/.test(cursor.slice(dot + 1));
  return ours && Number.isSafeInteger(position) ? position : 'unknown';
}
