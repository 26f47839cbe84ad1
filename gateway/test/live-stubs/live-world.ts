/** A hub over stub subgraphs, with clients that write down what they hear. */
import type { Caller } from '@holdfast/schema/caller';
import type { GraphQLError } from 'graphql';
import { createContext } from '../../src/execution/context.ts';
import { createHub } from '../../src/live/hub.ts';
import type { LiveRequest } from '../../src/live/live-plan.ts';
import type { Sink } from '../../src/live/sink.ts';
import { manualClock } from './manual-clock.ts';
import { stubFederation } from './stub-federation.ts';
import { stubOrders } from './stub-orders.ts';
import { stubStock } from './stub-stock.ts';
import { stubSubgraphs } from './stub-subgraphs.ts';

export const storefront: Caller = { role: 'storefront', id: 'shop', scopes: [] };
export const operator: Caller = { role: 'operator', id: 'op', scopes: [] };

export const badges = `subscription Badges($skus: [ID!]!, $after: String) {
  availabilityChanged(skus: $skus, after: $after) {
    __typename
    ... on AvailabilitySnapshot { complete cursor availabilities { sku version } }
    ... on AvailabilityChange {
      cursor availability { sku version availableToPromise item { name } }
    }
    ... on Heartbeat { cursor asOf }
    ... on Reset { reason }
  }
}`;

export type Heard = {
  readonly __typename: string;
  readonly cursor?: string;
  readonly complete?: boolean;
  readonly asOf?: string;
  readonly availability?: {
    readonly sku: string;
    readonly version: number;
    readonly item: unknown;
  };
  readonly availabilities?: readonly { readonly sku: string; readonly version: number }[];
};

/** A sink as a test plays it. */
export const newClient = () => {
  const bodies: string[] = [];
  const resumeAt: (string | undefined)[] = [];
  const errors: GraphQLError[] = [];
  let flushes = 0;
  const client = {
    bodies,
    resumeAt,
    errors,
    room: true,
    overflowed: false,
    leave: () => {},
    get flushes() {
      return flushes;
    },
    /** Parsed again, as a client would. */
    get heard(): readonly Heard[] {
      return bodies.map((body) => {
        const { data } = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
        return Object.values(data)[0] as Heard;
      });
    },
    get types(): readonly string[] {
      return client.heard.map((each) => each.__typename);
    },
  };
  const sink: Sink = {
    lane: {
      flush: () => {
        flushes += 1;
      },
    },
    room: () => client.room,
    next: (body, at) => {
      bodies.push(body);
      resumeAt.push(at?.text);
    },
    fail: (failed) => void errors.push(...failed),
    overflow: () => {
      client.overflowed = true;
    },
  };
  return Object.assign(client, { sink });
};

export const liveWorld = () => {
  const stock = stubStock();
  const orders = stubOrders('order-1');
  const { subgraphs, named } = stubSubgraphs(stock, orders);
  const stub = stubFederation(subgraphs);
  const time = manualClock();
  const hub = createHub({
    federation: stub.federation,
    clock: time.clock,
    contextFor: ({ caller, address }) => createContext({ caller, address, traceId: 'trace' }),
  });
  const join = async (
    request: Partial<LiveRequest> & { client?: ReturnType<typeof newClient> },
  ) => {
    const client = request.client ?? newClient();
    const whole: LiveRequest = {
      query: badges,
      operationName: undefined,
      variables: { skus: ['A'] },
      caller: storefront,
      address: '127.0.0.1',
      resumeAfter: undefined,
      ...request,
    };
    client.leave = hub.subscribe(whole, client.sink);
    await time.advance(60);
    return client;
  };
  return {
    stock,
    orders,
    named,
    stub,
    time,
    hub,
    join,
    ticks: (count: number) => time.advance(20 * count),
  };
};
