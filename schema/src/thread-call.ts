/**
 * What a gateway in a thread of its own and a subgraph say to each other over a message port. Both
 * are of one process and one version: nothing is signed, and only answers are text, as a gateway
 * elsewhere gets them.
 */
import type { MessagePort } from 'node:worker_threads';
import type { SubgraphCall, SubgraphRequest } from './subgraph.ts';

/** One call, and whose it is. */
export type ThreadCall = {
  readonly call: SubgraphCall;
  readonly request: Pick<SubgraphRequest, 'caller' | 'traceId' | 'trace' | 'after'>;
};

/** Ids are the gateway's, each used once. */
export type ToSubgraph =
  | ({ readonly type: 'ask'; readonly id: number } & ThreadCall)
  /** A subscription. */
  | ({ readonly type: 'open'; readonly id: number } & ThreadCall)
  /** Room for so many more of its events; there is none before it is said. */
  | { readonly type: 'room'; readonly id: number; readonly events: number }
  | { readonly type: 'stop'; readonly id: number }
  /** Asks whether it is ready. */
  | { readonly type: 'look' };

export type ToGateway =
  /** To `ask`, and to `open` where that is refused. */
  | { readonly type: 'answer'; readonly id: number; readonly text: string }
  | { readonly type: 'opened'; readonly id: number }
  | { readonly type: 'event'; readonly id: number; readonly text: string }
  /** Of a subscription, for whatever reason. */
  | { readonly type: 'end'; readonly id: number }
  | { readonly type: 'readiness'; readonly notReady: string | undefined };

/**
 * Says in one message, as an array, what is said in one step of the event loop: a message costs
 * more than what is in it.
 */
export const gathering = <Message>(
  port: Pick<MessagePort, 'postMessage'>,
): ((message: Message) => void) => {
  let gathered: Message[] = [];
  const post = () => {
    const messages = gathered;
    gathered = [];
    port.postMessage(messages);
  };
  return (message) => {
    if (gathered.push(message) === 1) process.nextTick(post);
  };
};
