/** What the hub must know of an upstream message, read from the fields that it hid in the text. */
import type { ExecutionResult } from 'graphql';
import { type Cursor, parseCursor } from './cursor.ts';

export type UpstreamMessage =
  | {
      readonly type: 'snapshot';
      readonly cursor: Cursor;
      readonly complete: boolean;
      readonly versions: readonly KeyVersion[];
    }
  | ({ readonly type: 'change'; readonly cursor: Cursor } & KeyVersion)
  | { readonly type: 'heartbeat'; readonly cursor: Cursor }
  | { readonly type: 'reset' };

/** `key` is undefined where a stream has only one: an order. */
export type KeyVersion = { readonly key: string | undefined; readonly version: number };

type Hidden = {
  readonly _holdfastType?: unknown;
  readonly _holdfastCursor?: unknown;
  readonly _holdfastComplete?: unknown;
  readonly _holdfastOne?: unknown;
  readonly _holdfastAll?: unknown;
};

const keyVersion = (value: unknown): KeyVersion => {
  const { sku, version } = value as { sku?: unknown; version?: unknown };
  if (typeof sku !== 'string' || typeof version !== 'number') {
    throw new Error('A live availability came without its SKU or version.');
  }
  return { key: sku, version };
};

/**
 * @param rootKey the response key of the root field
 * @throws when the message is not one of the contract's; the stream is then taken for lost
 */
export const parseUpstreamMessage = (result: ExecutionResult, rootKey: string): UpstreamMessage => {
  const hidden = result.data?.[rootKey] as Hidden | null | undefined;
  switch (hidden?._holdfastType) {
    case 'AvailabilitySnapshot':
      return {
        type: 'snapshot',
        cursor: parseCursor(hidden._holdfastCursor),
        complete: hidden._holdfastComplete === true,
        versions: (hidden._holdfastAll as readonly unknown[]).map(keyVersion),
      };
    case 'OrderSnapshot': {
      const cursor = parseCursor(hidden._holdfastCursor);
      const version = cursor.position;
      return { type: 'snapshot', cursor, complete: true, versions: [{ key: undefined, version }] };
    }
    case 'AvailabilityChange':
      return {
        type: 'change',
        cursor: parseCursor(hidden._holdfastCursor),
        ...keyVersion(hidden._holdfastOne),
      };
    case 'OrderChange': {
      const cursor = parseCursor(hidden._holdfastCursor);
      return { type: 'change', cursor, key: undefined, version: cursor.position };
    }
    case 'Heartbeat':
      return { type: 'heartbeat', cursor: parseCursor(hidden._holdfastCursor) };
    case 'Reset':
      return { type: 'reset' };
    default:
      throw new Error('An upstream sent a message that the hub does not know.');
  }
};

/** After this message a stream that was opened with `after`, or without, has caught up. */
export const isCaughtUp = (message: UpstreamMessage): boolean =>
  message.type === 'heartbeat' || (message.type === 'snapshot' && message.complete);

/** Where a client may resume after it got this message; a part of a snapshot is no such place. */
export const resumePoint = (message: UpstreamMessage): Cursor | undefined => {
  if (message.type === 'reset') return undefined;
  if (message.type === 'snapshot' && !message.complete) return undefined;
  return message.cursor;
};
