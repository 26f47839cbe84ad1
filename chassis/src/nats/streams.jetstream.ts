/** The streams (DESIGN 3): made when they are absent, and compared with what we asked for. */
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { isCode } from './jetstream-failures.jetstream.ts';
import { NatsRefused } from './nats-checks.jetstream.ts';
import type { NatsLink } from './nats-connection.jetstream.ts';

export type StreamName = 'RAW' | 'LOG' | 'EVT' | 'DLQ';

export type StreamSettings = {
  /** Copies of each message: 3 in a cluster of three servers, 1 otherwise. */
  readonly replicas: 1 | 3;
  /** What each stream may hold; the oldest of LOG and EVT give way, RAW and DLQ refuse more. */
  readonly bytesMax: Readonly<Record<StreamName, number>>;
};

const mebibyte = 1024 * 1024;
const dayMs = 24 * 3_600_000;

export const streamBytesMax: StreamSettings['bytesMax'] = {
  ...{ RAW: 512 * mebibyte, LOG: 2_048 * mebibyte, EVT: 1_024 * mebibyte, DLQ: 256 * mebibyte },
};

const shapes: Readonly<
  Record<StreamName, { readonly subject: string; readonly discard: DiscardPolicy; days: number }>
> = {
  RAW: { subject: 'raw.>', discard: DiscardPolicy.New, days: 7 },
  LOG: { subject: 'log.*.*', discard: DiscardPolicy.Old, days: 14 },
  EVT: { subject: 'evt.>', discard: DiscardPolicy.Old, days: 14 },
  DLQ: { subject: 'dlq.>', discard: DiscardPolicy.New, days: 30 },
};

/** The broker knows a repeat for so long; the relay needs it for what is in flight only. */
const repeatsKnownMs = 120_000;

type Wanted = Partial<StreamConfig> & { readonly name: string };

function wantedStream(link: NatsLink, name: StreamName, settings: StreamSettings): Wanted {
  const { subject, discard, days } = shapes[name];
  return {
    ...{ name: link.named(name), subjects: [link.subject(subject)], discard },
    ...{ retention: RetentionPolicy.Limits, storage: StorageType.File },
    ...{ max_bytes: settings.bytesMax[name], max_age: nanos(days * dayMs) },
    ...{ duplicate_window: nanos(repeatsKnownMs), num_replicas: settings.replicas },
    ...{ max_msgs: -1, max_msgs_per_subject: -1, max_msg_size: -1, max_consumers: -1 },
    ...{ allow_direct: true, no_ack: false, sealed: false, mirror_direct: false },
  };
}

/** All four. @throws NatsRefused when one of them is not as it should be */
export async function ensureStreams(link: NatsLink, settings: StreamSettings): Promise<void> {
  for (const name of Object.keys(shapes) as StreamName[]) {
    await ensureStream(link, name, settings);
  }
}

/** What there is, however it was changed since the start; made anew when it is gone. */
export const presentStream = async (link: NatsLink, name: StreamName, settings: StreamSettings) =>
  (await streamInfo(link, link.named(name))) ?? (await ensureStream(link, name, settings));

/** @throws NatsRefused when it is there and not as it should be, or cannot be made */
export const ensureStream = (link: NatsLink, name: StreamName, settings: StreamSettings) =>
  ensureConfigured(link, wantedStream(link, name, settings));

export async function ensureConfigured(link: NatsLink, wanted: Wanted): Promise<StreamInfo> {
  const info = (await streamInfo(link, wanted.name)) ?? (await makeStream(link, wanted));
  const differing = differences(wanted, info.config);
  if (differing.length === 0) return info;
  throw new NatsRefused(
    `Stream ${wanted.name} at ${link.shown} was configured by somebody else: ` +
      `${differing.join(', ')}; change it back, or remove the stream and it is made anew.`,
  );
}

/** Undefined when there is none. */
export async function streamInfo(link: NatsLink, name: string): Promise<StreamInfo | undefined> {
  try {
    return await link.whileConnected(() => link.manager.streams.info(name));
  } catch (failure) {
    if (isCode(failure, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw failure;
  }
}

const nameInUse = 10_058;
const subjectsOverlap = 10_065;
const noRoom = [10_047, 10_023, 10_028];

async function makeStream(link: NatsLink, wanted: Wanted): Promise<StreamInfo> {
  try {
    return await link.whileConnected(() => link.manager.streams.add(wanted));
  } catch (failure) {
    if (!(failure instanceof JetStreamApiError)) throw failure;
    // Another process was faster, perhaps with other settings: the comparison tells.
    const others = failure.code === nameInUse ? await streamInfo(link, wanted.name) : undefined;
    if (others) return others;
    throw new NatsRefused(makeRefusal(link, wanted, failure), { cause: failure });
  }
}

function makeRefusal(link: NatsLink, wanted: Wanted, { code, message }: JetStreamApiError): string {
  const what = `Stream ${wanted.name} cannot be made at ${link.shown}`;
  const subjects = wanted.subjects?.join(', ');
  if (code === subjectsOverlap)
    return `${what}: another stream takes ${subjects}; remove that one.`;
  if (noRoom.includes(code)) {
    return (
      `${what}: there is no room for ${wanted.max_bytes} bytes on ${wanted.num_replicas} ` +
      'server(s); raise max_file_store there, or lower the limit of the stream.'
    );
  }
  return `${what} (${message}): see that the login may, and that the cluster has as many servers.`;
}

/** Changes how messages get in, stay or go; what is not listed is harmless. */
const mustBeAbsent = [
  'mirror',
  'sources',
  'subject_transform',
  'deny_purge',
  'persist_mode',
] as const;

/** Each as `field is this instead of that`. */
function differences(wanted: Wanted, found: StreamConfig): readonly string[] {
  const absent = Object.fromEntries(mustBeAbsent.map((field) => [field, undefined]));
  return Object.entries({ ...absent, ...wanted }).flatMap(([field, wish]) => {
    const value = (found as unknown as Readonly<Record<string, unknown>>)[field];
    if (textOf(value) === textOf(wish)) return [];
    return `${field} is ${textOf(value)} instead of ${textOf(wish)}`;
  });
}

/** What a server leaves out is what it would say as false, 0 or nothing. */
const textOf = (value: unknown): string =>
  value === undefined || value === null || value === false || value === 0
    ? 'not set'
    : JSON.stringify(value);
