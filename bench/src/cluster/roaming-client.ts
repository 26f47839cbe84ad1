/**
 * A client that has the addresses of several gateways: what a lost connection or a passing error
 * left open it sends again, to the next one, until it is answered.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type GraphqlClient, graphqlClient, isPassing, TopLevelError } from '../graphql-client.ts';
import { ConnectionLost } from '../http-connection.ts';

export type Answered = {
  /**
   * When the request was first sent, and when its answer came. Who is told `Overloaded` sends the
   * same again, which is still the same request.
   */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** The one that answered. */
  readonly gateway: string;
  /** Of the first line, when there is one. */
  readonly sku: string | undefined;
  /** True for an answer that was not `Overloaded`. */
  readonly decided: boolean;
};

export type Refusals = { lost: number; readonly passing: Map<string, number> };

export type RoamingOptions = {
  readonly endpoints: readonly string[];
  readonly key: string;
  readonly patienceMs: number;
  /** Before each new request. */
  readonly thinkMs: number;
  readonly heard: (answered: Answered) => void;
  readonly refusals: Refusals;
};

const againMs = 50;
/** An answer that takes longer is not waited for: a way may have become a black hole. */
const answerMsMax = 8_000;

type Input = {
  readonly sku?: string;
  readonly lines?: readonly { readonly sku: string }[];
};

const skuOf = ({ input }: { readonly input?: unknown }): string | undefined => {
  const { sku, lines } = (input ?? {}) as Input;
  return sku ?? lines?.[0]?.sku;
};

async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new ConnectionLost('no answer in time')), ms);
    cancel = () => clearTimeout(timer);
  });
  work.catch(() => undefined);
  return Promise.race([work, late]).finally(() => cancel());
}

/** @param first which gateway it asks first */
export function roamingClient(options: RoamingOptions, first: number): GraphqlClient {
  const { endpoints, key, patienceMs, thinkMs, heard, refusals } = options;
  let at = first % endpoints.length;
  let client: GraphqlClient | undefined;
  let undecided: { readonly input: unknown; readonly sentAt: number } | undefined;

  const move = () => {
    client?.close();
    client = undefined;
    at = (at + 1) % endpoints.length;
  };
  const note = (failure: unknown) => {
    if (failure instanceof TopLevelError && isPassing(failure.code)) {
      refusals.passing.set(failure.code, (refusals.passing.get(failure.code) ?? 0) + 1);
    } else if (failure instanceof ConnectionLost) {
      refusals.lost += 1;
      move();
    } else throw failure;
  };

  return {
    async ask(query, variables) {
      await pause(thinkMs);
      const { input } = variables;
      const sentBefore = undecided?.input === input ? undecided?.sentAt : undefined;
      const sentAt = sentBefore ?? performance.now();
      for (;;) {
        const gateway = endpoints[at] ?? '';
        client ??= graphqlClient(gateway, key);
        try {
          const answer = await within(client.ask(query, variables), answerMsMax);
          const answeredAt = performance.now();
          const { __typename } = (answer.answer ?? {}) as { readonly __typename?: string };
          const decided = __typename !== 'Overloaded';
          undecided = decided ? undefined : { input, sentAt };
          if (!decided)
            refusals.passing.set('Overloaded', (refusals.passing.get('Overloaded') ?? 0) + 1);
          heard({ sentAt, answeredAt, gateway, sku: skuOf(variables), decided });
          return answer;
        } catch (failure) {
          note(failure);
          if (performance.now() - sentAt > patienceMs) throw failure;
        }
        await pause(againMs);
      }
    },
    close: () => client?.close(),
  };
}
