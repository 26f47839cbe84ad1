/** What the main thread and the gateway's thread say to each other, apart from calls. */
import type { ThreadSubgraph } from '@holdfast/gateway/app';
import type { Keys } from '../keys.ts';
import type { Listening } from '../listen-somewhere.ts';
import type { EmbeddedSettings } from '../settings.ts';

export type GatewayThreadParts = {
  readonly settings: EmbeddedSettings;
  readonly keys: Keys;
  readonly subgraphs: readonly ThreadSubgraph[];
};

export type ToGatewayThread =
  /** First. */
  | ({ readonly type: 'open' } & GatewayThreadParts)
  | { readonly type: 'listen' }
  | { readonly type: 'measured'; readonly text: string }
  | { readonly type: 'close' };

export type FromGatewayThread =
  | ({ readonly type: 'listening' } & Listening)
  /** The user can put it right. */
  | { readonly type: 'refused'; readonly sentence: string }
  /** /metrics is asked for, and the main thread measures too. */
  | { readonly type: 'measure' }
  | { readonly type: 'closed' };
