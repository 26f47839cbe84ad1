/** A client of the system: asks any living instance, again under the same key, until it is answered. */
import type { Outcome } from '@holdfast/chassis/commit';
import { LaneStopped, Overloaded } from '@holdfast/chassis/lane';
import { UnknownOutcome } from '@holdfast/chassis/simulation/simulated-process';
import type { World } from '@holdfast/chassis/simulation/world';
import type { Inventory } from '@holdfast/inventory/app';
import type { Orders } from '@holdfast/orders/app';
import type { Caller } from '@holdfast/schema/caller';
import type { Request, Requests } from './requests.ts';
import type { Instance, System } from './system.ts';

export type InventoryCommand = Parameters<Inventory['command']>[0];
export type OrderMutation = 'placeOrder' | 'cancelOrder' | 'recordPayment';
export type OrderInput = Readonly<Record<string, unknown>>;
export type OrderPayload = Awaited<ReturnType<Orders['commands']['placeOrder']>>['payload'];

export type Client = {
  /** @param command made anew for each attempt: ids that the edge gives differ each time */
  inventory(
    by: string,
    command: (newId: () => string) => InventoryCommand,
    key?: string,
  ): Promise<Outcome>;
  orders(mutation: OrderMutation, input: OrderInput, caller: Caller, key?: string): Promise<OrderPayload>;
  /** The same request once more; its answers are noted with the first ones. */
  again(request: Request): Promise<void>;
  pause(ms: number): Promise<void>;
  /** What no fault explains. */
  readonly breaches: string[];
};

type Attempt<Answer> =
  | { readonly type: 'answered'; readonly answer: Answer }
  | { readonly type: 'failed'; readonly failure: unknown }
  | { readonly type: 'silence' };

const patienceMs = 6_000;
const attemptsMax = 120;
/** A refusal that is not kept may come from an instance that is behind: it is asked elsewhere so often. */
const notKeptMax = 6;
const pauseMs = { least: 20, most: 400 };
const lostAnswer = 0.02;
const sentTwice = 0.08;

const notKeptTypes = new Set([
  ...['UnknownSku', 'NotFound', 'ChannelNotFound', 'LocationNotFound', 'LocationNotInChannel'],
  ...['ReservationNotFound', 'InvalidInput', 'Overloaded'],
]);

/** The same for the same wish, whatever ids the edge gives to an attempt. */
const inputText = (command: InventoryCommand): string =>
  JSON.stringify(command.type === 'ReserveStock' ? { ...command, claim: '' } : command, (_, value) =>
    value instanceof Map ? [...value] : value,
  );

/** Failures that a client may see of a system that is broken only from outside. */
const mayHappen = (failure: unknown): boolean =>
  failure instanceof UnknownOutcome ||
  failure instanceof LaneStopped ||
  failure instanceof Overloaded;

export function createClient(world: World, system: System, requests: Requests): Client {
  const { random } = world;
  const breaches: string[] = [];
  const repeats = new Map<Request, () => Promise<unknown>>();

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      world.after(ms, resolve);
    });

  const send = <App, Answer>(
    instances: readonly Instance<App>[],
    ask: (instance: Instance<App>) => Promise<Answer>,
    hear: (answer: Answer, from: Instance<App>) => void,
  ): Promise<Attempt<Answer>> =>
    new Promise((resolve) => {
      const cancel = world.after(patienceMs, () => resolve({ type: 'silence' }));
      const told = (attempt: Attempt<Answer>) => {
        cancel();
        resolve(attempt);
      };
      const [instance] = random.shuffled(instances);
      if (!instance) return;
      const { process } = instance;
      const answered = (tell: () => void) => {
        if (!process.alive() || random.chance(lostAnswer)) return;
        world.after(random.between(1, 3), tell);
      };
      world.after(random.between(1, 3), () => {
        if (!process.alive()) return;
        ask(instance).then(
          (answer) =>
            answered(() => {
              hear(answer, instance);
              told({ type: 'answered', answer });
            }),
          (failure: unknown) => answered(() => told({ type: 'failed', failure })),
        );
      });
    });

  const persist = async <App, Answer>(
    what: string,
    instances: () => readonly Instance<App>[],
    ask: (instance: Instance<App>) => Promise<Answer>,
    hear: (answer: Answer, from: Instance<App>) => boolean,
  ): Promise<Answer> => {
    let notKept = 0;
    for (let attempts = 1; attempts <= attemptsMax; attempts += 1) {
      if (random.chance(sentTwice)) void send(instances(), ask, hear);
      let kept = false;
      const attempt = await send(instances(), ask, (answer, from) => {
        kept = hear(answer, from);
      });
      if (attempt.type === 'answered') {
        notKept += 1;
        if (kept || notKept > notKeptMax) return attempt.answer;
      } else if (attempt.type === 'failed') {
        const { failure } = attempt;
        if (failure instanceof Overloaded) world.note('overloaded');
        if (!mayHappen(failure)) breaches.push(`${what} failed: ${String(failure)}`);
      }
      await pause(random.between(pauseMs.least, pauseMs.most));
    }
    throw new Error(`nobody answers ${what}`);
  };

  const askInventory = (request: Request<InventoryCommand>, command: (newId: () => string) => InventoryCommand) =>
    persist(
      `${request.type} ${request.key}`,
      system.inventories,
      ({ app, process }) => {
        const { type, by, key, content } = request;
        const record = { type, by, actor: 'operator', key, input: inputText(content), trace: key };
        return app.command(command(process.clock.newId), record);
      },
      ({ outcome, version, replayed }, { process }) => {
        if (replayed && process.bornAtMs > request.sentAtMs) {
          world.note('answer given again by a later life');
        }
        const kept = !('rejected' in outcome && notKeptTypes.has(outcome.rejected.type));
        requests.heard(request, { text: JSON.stringify(outcome), kept, version, replayed });
        return kept;
      },
    );

  const askOrders = (request: Request<OrderInput>, mutation: OrderMutation, caller: Caller) =>
    persist(
      `${request.type} ${request.key}`,
      system.orders,
      ({ app }) =>
        app.commands[mutation](
          { ...request.content, idempotencyKey: request.key },
          caller,
          request.key,
        ),
      ({ payload, version }) => {
        const { __typename } = payload;
        const kept = !notKeptTypes.has(__typename);
        if (__typename === 'Overloaded') world.note('overloaded');
        const about = 'order' in payload ? payload.order.id : '';
        requests.heard(request, { text: `${__typename} ${about}`, kept, version, replayed: false });
        return kept;
      },
    );

  return {
    breaches,
    pause,
    async inventory(by, command, key) {
      let unused = 0;
      // For the books: what is asked, without what the edge adds to it.
      const content = command(() => String((unused += 1)).padStart(32, '0'));
      const about = { context: 'inventory', type: content.type, by, content } as const;
      const request = requests.open(key === undefined ? about : { ...about, key });
      const ask = () => askInventory(request, command);
      repeats.set(request, ask);
      return (await ask()).outcome;
    },
    async orders(mutation, input, caller, key) {
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
      const about = { context: 'orders', type, by: caller.id, content: input } as const;
      const request = requests.open(key === undefined ? about : { ...about, key });
      const ask = () => askOrders(request, mutation, caller);
      repeats.set(request, ask);
      return (await ask()).payload;
    },
    async again(request) {
      await repeats.get(request)?.();
    },
  };
}
