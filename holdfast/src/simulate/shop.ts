/** The shop of one run: what it sells, where, by which rules; and the commands that set it up. */
import type { World } from '@holdfast/chassis/simulation/world';
import {
  type ChannelCode,
  type ClassCode,
  defaultChannel,
  type LocationCode,
  parseChannelCode,
  parseClassCode,
  parseLocationCode,
  parseSku,
  type Sku,
} from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import type { Client, InventoryCommand } from './client.ts';

type PutProductClass = Extract<InventoryCommand, { type: 'PutProductClass' }>;

export type Shop = {
  readonly locations: readonly LocationCode[];
  readonly channels: readonly ChannelCode[];
  /** The locations of each channel, in order of preference. */
  readonly locationsOf: (channel: ChannelCode) => readonly LocationCode[];
  readonly skus: readonly Sku[];
  /** Those that can be held for a buyer. */
  readonly holdable: readonly Sku[];
  /** Of which orders may wait for units. */
  readonly mayWait: Sku;
  setUp(client: Client): Promise<void>;
};

const known = <Code>(code: Code | undefined): Code => {
  if (code === undefined) throw new Error('a code of the shop is malformed');
  return code;
};

const berlin = known(parseLocationCode('BER'));
const hamburg = known(parseLocationCode('HAM'));
const cologne = known(parseLocationCode('CGN'));
const web = known(parseChannelCode('web'));
const store = known(parseChannelCode('store'));
const [quick, waiting, ordered, careful] = ['quick', 'waiting', 'ordered', 'careful'].map((code) =>
  known(parseClassCode(code)),
);
const [mug, lamp, desk, bulb] = ['MUG', 'LAMP', 'DESK', 'BULB'].map((sku) => known(parseSku(sku)));

const keeper = 'merchant';
const givenMax = 20;

export function openShop({ random }: World): Shop {
  const locations = [berlin, hamburg, cologne];
  const channels: readonly (readonly [ChannelCode, readonly LocationCode[]])[] = [
    [web, [hamburg, berlin]],
    [store, [cologne]],
  ];
  const graceSeconds = random.pick([0, 4, 12]);

  const putClass = (code: ClassCode, own: Partial<PutProductClass['rules']>): PutProductClass => ({
    type: 'PutProductClass',
    code,
    rules: {
      mode: 'RESERVATION',
      holdSeconds: random.between(2, 10),
      holdSecondsMax: random.between(10, 25),
      paymentGraceSeconds: random.pick([graceSeconds, 6]),
      backorder: 'NONE',
      safetyStock: 0,
      lowStockAt: 2,
      ...own,
    },
  });
  const classes = [
    putClass(known(quick), {}),
    putClass(known(waiting), { backorder: 'UNLIMITED' }),
    putClass(known(ordered), { mode: 'ALLOCATION', backorder: random.pick(['NONE', 'UNLIMITED']) }),
    putClass(known(careful), { safetyStock: 1, holdSeconds: random.between(1, 4) }),
  ];
  const items: readonly (readonly [Sku, ClassCode])[] = [
    [known(mug), known(quick)],
    [known(lamp), known(waiting)],
    [known(desk), known(ordered)],
    [known(bulb), known(careful)],
  ];

  /** Again, when somebody says no who has not heard of what was set up before. */
  const give = async (client: Client, command: InventoryCommand) => {
    for (let times = 0; times < givenMax; times += 1) {
      const outcome = await client.inventory(keeper, () => command);
      if ('accepted' in outcome) return;
    }
    throw new Error(`${command.type} was refused time and again`);
  };

  const receiveAll = (client: Client) =>
    items.flatMap(([sku]) =>
      random
        .shuffled(locations)
        .slice(0, random.between(1, 3))
        .map((location) =>
          give(client, {
            ...{ type: 'ReceiveStock', sku, location, condition: 'SELLABLE' },
            ...{ units: units(random.between(2, 7)), supply: undefined, reference: undefined },
          }),
        ),
    );

  return {
    locations,
    channels: [defaultChannel, web, store],
    locationsOf: (channel) => channels.find(([code]) => code === channel)?.[1] ?? locations,
    skus: items.map(([sku]) => sku),
    holdable: items.map(([sku]) => sku).filter((sku) => sku !== desk),
    mayWait: known(lamp),
    async setUp(client) {
      await Promise.all(
        locations.map((code) =>
          give(client, { type: 'PutLocation', code, name: code, timeZone: 'UTC', newId: `loc_${code}` }),
        ),
      );
      await Promise.all([
        ...channels.map(([code, at]) =>
          give(client, { type: 'PutChannel', code, name: code, locations: at }),
        ),
        ...classes.map((command) => give(client, command)),
      ]);
      await Promise.all(
        items.map(([sku, productClass]) =>
          give(client, { type: 'PutItem', sku, name: sku, productClass }),
        ),
      );
      await Promise.all(receiveAll(client));
    },
  };
}
