/**
 * 1,000 buyers race for 100 units through the public API, each over a connection of its own: by
 * reservation and by direct order, each once and with every request sent twice. Exits 1 when
 * anything but 100 winners comes out.
 */
import * as documents from './documents.ts';
import { askPatiently, type GraphqlClient, graphqlClient } from './graphql-client.ts';
import { type HoldfastProcess, startHoldfastProcess, verifyStore } from './holdfast-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

const buyersCount = 1_000;
const unitsCount = 100;
const locationCode = 'race-warehouse';

type Answer = {
  readonly __typename: string;
  readonly reservation?: { readonly id: string };
  readonly order?: { readonly id: string; readonly status: string };
  readonly shortfalls?: readonly { readonly available: unknown }[];
};

type Race = {
  readonly name: string;
  readonly sku: string;
  readonly query: string;
  readonly inputOf: (buyer: number, sku: string) => object;
  readonly requestsEach: number;
};

const reserveInput = (buyer: number, sku: string) => ({
  ...{ lines: [{ sku, quantity: 1 }], buyer: `buyer-of-${sku}-number-${buyer}` },
});
const orderInput = (buyer: number, sku: string) => ({
  ...{ lines: [{ sku, quantity: 1 }], customer: { email: `buyer-${buyer}@example.org` } },
});

const races: readonly Race[] = [1, 2].flatMap((requestsEach) => {
  const times = requestsEach === 1 ? '' : ', each request sent twice';
  return [
    {
      ...{ name: `reservation${times}`, sku: `race-r${requestsEach}`, requestsEach },
      ...{ query: documents.reserveStock, inputOf: reserveInput },
    },
    {
      ...{ name: `direct order${times}`, sku: `race-o${requestsEach}`, requestsEach },
      ...{ query: documents.placeOrder, inputOf: orderInput },
    },
  ];
});

async function mustSave(operator: GraphqlClient, query: string, input: object): Promise<void> {
  const idempotencyKey = crypto.randomUUID();
  const { answer } = await operator.ask(query, { input: { idempotencyKey, ...input } });
  const { __typename } = answer as Answer;
  if (__typename === 'MasterDataSaved' || __typename === 'StockChanged') return;
  throw new Error(`set-up was refused: ${JSON.stringify(answer)}`);
}

/** Who is told to come again, or has an order that is not decided yet, asks under the same key. */
async function settled(client: GraphqlClient, query: string, input: object): Promise<Answer> {
  for (;;) {
    const answer = (await askPatiently(client, query, { input })).answer as Answer;
    const isOpen = answer.__typename === 'Overloaded' || answer.order?.status === 'PENDING';
    if (!isOpen) return answer;
  }
}

const idOf = (answer: Answer) => answer.reservation?.id ?? answer.order?.id;

type Run = { readonly answers: readonly (readonly Answer[])[]; readonly tookMs: number };

async function run(race: Race, endpoint: string): Promise<Run> {
  const { sku, query, inputOf, requestsEach } = race;
  const buyers = Array.from({ length: buyersCount }, (_, buyer) => ({
    input: { idempotencyKey: `${sku}-${buyer}`, ...inputOf(buyer, sku) },
    clients: Array.from({ length: requestsEach }, () => graphqlClient(endpoint, undefined)),
  }));
  const clients = buyers.flatMap((buyer) => buyer.clients);
  // Connected before the gun: they come at once.
  await Promise.all(clients.map((client) => client.ask('{ __typename }', {})));
  const startedAt = performance.now();
  const answers = await Promise.all(
    buyers.map((buyer) =>
      Promise.all(buyer.clients.map((client) => settled(client, query, buyer.input))),
    ),
  );
  for (const client of clients) client.close();
  return { answers, tookMs: Math.round(performance.now() - startedAt) };
}

/** The answer of a loser: too late, and what is left. */
const isTold = ({ __typename, shortfalls }: Answer): boolean =>
  __typename === 'InsufficientStock' && typeof shortfalls?.[0]?.available === 'number';

/** Each deviation as a sentence. */
function judge(answers: readonly (readonly Answer[])[]): string[] {
  const wrong: string[] = [];
  const winners = answers.filter(([first]) => first && idOf(first) !== undefined);
  if (winners.length !== unitsCount) wrong.push(`${winners.length} won, not ${unitsCount}`);
  const ids = new Set(winners.map(([first]) => first && idOf(first)));
  if (ids.size !== winners.length) wrong.push('two winners were given the same id');
  for (const [first, ...again] of answers) {
    if (!first) continue;
    for (const other of again) {
      if (other.__typename !== first.__typename || idOf(other) !== idOf(first)) {
        wrong.push(`the same request heard ${first.__typename} and ${other.__typename}`);
      }
    }
    if (idOf(first) !== undefined) continue;
    if (!isTold(first)) wrong.push(`a loser heard ${JSON.stringify(first)}`);
  }
  return wrong;
}

type Position = {
  readonly onHand: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly availableToPromise: number;
};

async function judgeStock(operator: GraphqlClient, sku: string): Promise<string[]> {
  const { stockPositions } = await operator.ask(documents.positions, { sku });
  const { availability } = await operator.ask(documents.availability, { skus: [sku] });
  const [position] = stockPositions as readonly Position[];
  const [shown] = availability as readonly { readonly availableToPromise: number }[];
  if (!position || !shown) return ['the position is gone'];
  const promised = position.reserved + position.allocated;
  const wrong: string[] = [];
  if (shown.availableToPromise !== 0) wrong.push(`${shown.availableToPromise} are left to promise`);
  if (position.availableToPromise !== 0) wrong.push('the position still promises');
  if (position.onHand !== unitsCount) wrong.push(`${position.onHand} are on hand`);
  if (promised > unitsCount) wrong.push(`oversold: ${promised} promised of ${unitsCount}`);
  if (promised < unitsCount) wrong.push(`undersold: ${promised} promised of ${unitsCount}`);
  return wrong;
}

async function runAll(holdfast: HoldfastProcess): Promise<string[]> {
  const operator = graphqlClient(holdfast.endpoint, holdfast.keys.operator);
  const wrong: string[] = [];
  await mustSave(operator, documents.putLocation, { code: locationCode, name: 'Race' });
  for (const race of races) {
    const { sku, name } = race;
    await mustSave(operator, documents.putItem, { sku, name });
    const counted = { sku, locationCode, quantity: unitsCount, reason: 'race' };
    await mustSave(operator, documents.countStock, counted);
    const { answers, tookMs } = await run(race, holdfast.endpoint);
    const won = answers.filter(([first]) => first && idOf(first) !== undefined).length;
    const told = answers.filter(([first]) => first && isTold(first)).length;
    const found = [...judge(answers), ...(await judgeStock(operator, sku))];
    wrong.push(...found.map((sentence) => `${name}: ${sentence}`));
    process.stdout.write(`${name}: ${won} won, ${told} were told what is left, ${tookMs} ms\n`);
  }
  operator.close();
  return wrong;
}

const folder = temporaryFolder('race');
const holdfast = await startHoldfastProcess({ folder });
process.stdout.write(`${buyersCount} buyers race for ${unitsCount} units, four times\n`);
const wrong = await runAll(holdfast);
await holdfast.stop();
const verified = await verifyStore(folder);
if (!verified.ok) wrong.push(`holdfast verify: ${verified.said}`);
process.stdout.write(`${verified.said}\n`);
for (const sentence of new Set(wrong)) process.stdout.write(`WRONG  ${sentence}\n`);
const verdict = wrong.length === 0 ? 'none oversold, none undersold' : `${wrong.length} deviations`;
process.stdout.write(`${verdict}\n`);
process.exit(wrong.length === 0 ? 0 : 1);
