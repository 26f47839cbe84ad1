/** The table of leases in a key-value bucket of JetStream: a key is a row and ends by itself. */

import { JetStreamApiCodes } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm, type KvWatchEntry } from '@nats-io/kv';
import { nanos, type QueuedIterator } from '@nats-io/transport-node';
import type { Clock } from '../clock.ts';
import { isCode, isStreamGone } from '../nats/jetstream-failures.jetstream.ts';
import type { NatsLink } from '../nats/nats-connection.jetstream.ts';
import { ensureConfigured, streamInfo } from '../nats/streams.jetstream.ts';
import { stopSignal } from '../stop-signal.ts';
import { createLeases, type RunningLeases } from './create-leases.ts';
import type { LeaseListener, LeaseRow, LeaseTable } from './lease-table.ts';
import { leaseRenewMs, leaseRowMs, leaseTtlMs } from './leases.ts';

export type JetStreamLeasesOptions = {
  readonly link: NatsLink;
  readonly clock: Clock;
  readonly replicas: 1 | 3;
  /** Whose lanes and members are heard of, e.g. `inventory`; of all when left out. */
  readonly contexts?: readonly string[];
  readonly ttlMs?: number;
  readonly renewMs?: number;
};

type Bucket = JetStreamLeasesOptions & { readonly name: string };

/** The least that the broker knows. Long enough for everybody to hear that a row has ended. */
const markerMs = 1_000;
const bytesMax = 16 * 1024 * 1024;
const watchAgainMs = 250;
/**
 * Pulses are renewed more often than this. A watch of a bucket that was lost and made again goes on
 * waiting for revisions that the new one has not come to.
 */
const silenceMsMax = 3_000;
/** The holder is an id. */
const valueBytesMax = 256;

/** @throws NatsRefused when the bucket is not as it should be */
export async function jetStreamLeases(options: JetStreamLeasesOptions): Promise<RunningLeases> {
  const { clock, ttlMs = leaseTtlMs, renewMs = leaseRenewMs } = options;
  return createLeases({ table: await jetStreamLeaseTable(options), clock, ttlMs, renewMs });
}

export async function jetStreamLeaseTable(options: JetStreamLeasesOptions): Promise<LeaseTable> {
  const { link } = options;
  const bucket = { ...options, name: link.named('leases') };
  const kv = await openBucket(bucket);
  /** A bucket that was lost is made anew, and the call fails once. */
  const asked = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    try {
      return await link.whileConnected(call);
    } catch (failure) {
      if (isStreamGone(failure)) await makeAgain(bucket);
      throw failure;
    }
  };
  return {
    ttlMs: leaseRowMs,
    put: (key, holder, revision) => asked(() => put(kv, key, holder, revision)),
    get: (key) => asked(() => get(kv, key)),
    remove: (key, revision) => asked(() => remove(kv, key, revision)),
    watch: (listener) => watch(bucket, kv, listener),
  };
}

async function openBucket(bucket: Bucket): Promise<KV> {
  const { link, name, replicas } = bucket;
  await makeAgain(bucket);
  await ensureConfigured(link, {
    ...{ name: `KV_${name}`, num_replicas: replicas, max_age: nanos(leaseRowMs) },
    ...{ max_msgs_per_subject: 1, max_bytes: bytesMax, max_msg_size: valueBytesMax },
    ...{ allow_msg_ttl: true, subject_delete_marker_ttl: nanos(markerMs) },
  });
  return new Kvm(link.jetstream).open(name, { allow_direct: false });
}

async function makeAgain({ link, name, replicas }: Bucket): Promise<void> {
  if (await streamInfo(link, `KV_${name}`)) return;
  await link.whileConnected(() =>
    new Kvm(link.jetstream).create(name, {
      ...{ replicas, ttl: leaseRowMs, history: 1, markerTTL: markerMs, max_bytes: bytesMax },
      // What a follower of the cluster says may be old, and an old revision helps nobody.
      ...{ maxValueSize: valueBytesMax, allow_direct: false },
    }),
  );
}

async function put(kv: KV, key: string, holder: string, revision: number) {
  try {
    // `create` also takes the place of a mark that says that the row has ended.
    return revision === 0 ? await kv.create(key, holder) : await kv.update(key, holder, revision);
  } catch (failure) {
    if (isOtherRevision(failure)) return 'taken';
    throw failure;
  }
}

const isOtherRevision = (failure: unknown): boolean =>
  isCode(failure, JetStreamApiCodes.StreamWrongLastSequence) ||
  isCode(failure, JetStreamApiCodes.StreamWrongLastSequenceUnknown);

async function get(kv: KV, key: string): Promise<LeaseRow | undefined> {
  const entry = await kv.get(key);
  return entry ? rowIn(entry) : undefined;
}

const rowIn = (entry: KvEntry): LeaseRow | undefined =>
  entry.operation === 'PUT' ? { holder: entry.string(), revision: entry.revision } : undefined;

async function remove(kv: KV, key: string, revision: number): Promise<void> {
  try {
    await kv.delete(key, { previousSeq: revision });
  } catch (failure) {
    // It has ended already, or is somebody else's: either way it is no longer ours.
    if (!isOtherRevision(failure)) throw failure;
  }
}

function watch({ clock, link, contexts }: Bucket, kv: KV, listener: LeaseListener): () => void {
  const stopping = stopSignal(clock);
  // `lease.<context>.<lane>`, `member.<context>.<id>` and the pulses of all.
  const watched = contexts ? { key: ['pulse.*', ...contexts.map((each) => `*.${each}.>`)] } : {};
  let entries: QueuedIterator<KvWatchEntry> | undefined;
  const watchOnce = async () => {
    const heard = await link.whileConnected(() => kv.watch(watched));
    entries = heard;
    if (stopping.stopped()) return heard.stop();
    let cancel = clock.after(silenceMsMax, () => heard.stop());
    for await (const entry of heard) {
      cancel();
      cancel = clock.after(silenceMsMax, () => heard.stop());
      if (!stopping.stopped()) listener(entry.key, rowIn(entry));
    }
    cancel();
  };
  const watchAlways = async () => {
    while (!stopping.stopped()) {
      // What is missed meanwhile is noticed by its time: rows end, and end unseen when they must.
      await watchOnce().catch(() => {});
      await stopping.pause(watchAgainMs);
    }
  };
  void watchAlways();
  return () => {
    stopping.stop();
    entries?.stop();
  };
}
