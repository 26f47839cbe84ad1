/** The shop of one run: what it sells, where, by which rules; and how it is set up. */
import type { Random } from '@holdfast/chassis/simulation/random';
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
const locations = [berlin, hamburg, cologne];

const channels: readonly (readonly [ChannelCode, readonly LocationCode[]])[] = [
  [known(parseChannelCode('web')), [hamburg, berlin]],
  [known(parseChannelCode('store')), [cologne]],
];

const quick = known(parseClassCode('quick'));
const waiting = known(parseClassCode('waiting'));
const ordered = known(parseClassCode('ordered'));
const careful = known(parseClassCode('careful'));

const lamp = known(parseSku('LAMP'));
const desk = known(parseSku('DESK'));
const items: readonly (readonly [Sku, ClassCode])[] = [
  [known(parseSku('MUG')), quick],
  [lamp, waiting],
  [desk, ordered],
  [known(parseSku('BULB')), careful],
];
const skus = items.map(([sku]) => sku);

export const openShop = (world: World): Shop => ({
  locations,
  channels: [defaultChannel, ...channels.map(([code]) => code)],
  locationsOf: (channel) => channels.find(([code]) => code === channel)?.[1] ?? locations,
  skus,
  holdable: skus.filter((sku) => sku !== desk),
  mayWait: lamp,
  async setUp(client) {
    for (const step of setUpSteps(world.random)) {
      await Promise.all(step.map((command) => give(client, command)));
    }
  },
});

/** What is given at the same time, step by step. */
const setUpSteps = (random: Random): readonly (readonly InventoryCommand[])[] => [
  locations.map((code) => ({
    ...{ type: 'PutLocation', code, name: code, timeZone: 'UTC', newId: `loc_${code}` },
  })),
  [
    ...channels.map(
      ([code, at]) => ({ type: 'PutChannel', code, name: code, locations: at }) as const,
    ),
    ...drawClasses(random),
  ],
  items.map(([sku, productClass]) => ({ type: 'PutItem', sku, name: sku, productClass })),
  skus.flatMap((sku) =>
    random
      .shuffled(locations)
      .slice(0, random.between(1, 3))
      .map((location) => ({
        ...({ type: 'ReceiveStock', sku, location, condition: 'SELLABLE' } as const),
        ...{ units: units(random.between(2, 7)), supply: undefined, reference: undefined },
      })),
  ),
];

/** Holds and graces are short, so that their ends are seen. */
function drawClasses(random: Random): readonly PutProductClass[] {
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
  return [
    putClass(quick, {}),
    putClass(waiting, { backorder: 'UNLIMITED' }),
    putClass(ordered, { mode: 'ALLOCATION', backorder: random.pick(['NONE', 'UNLIMITED']) }),
    putClass(careful, { safetyStock: 1, holdSeconds: random.between(1, 4) }),
  ];
}

const keeper = 'merchant';
const givenMax = 20;

/** Again, when somebody says no who has not heard of what was set up before. */
async function give(client: Client, command: InventoryCommand): Promise<void> {
  for (let times = 0; times < givenMax; times += 1) {
    const outcome = await client.inventory(keeper, () => command);
    if ('accepted' in outcome) return;
  }
  throw new Error(`${command.type} was refused time and again`);
}
