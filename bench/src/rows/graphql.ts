import { startHoldfastProcess } from '../holdfast-process.ts';
import { type AddressedServer, startServer } from '../measure/addressed-server.ts';
import { measure } from '../measure/child.ts';
import type { ConstantCase } from '../measure/constant-server.ts';
import type { LoadCase, LoadFigures, LoadKind } from '../measure/http-load.ts';
import { medianOf } from '../quantiles.ts';
import {
  atLeast,
  type Figure,
  p50AndP99,
  type Row,
  type RowOptions,
  times,
  wholeNumber,
} from '../row.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const storeSkus = 10_000;
const connections = 64;
const rounds = 3;
const constantGoal = 0.9;

export type Target = {
  readonly endpoint: string;
  readonly key: string | undefined;
  readonly pid: number;
};

export const loadOf = (
  { endpoint, key, pid }: Target,
  kind: LoadKind,
  skus: number,
  quick: boolean,
) =>
  measure<LoadCase, LoadFigures>('http-load.ts', {
    ...{ endpoint, key, kind, skus, connections, serverPids: [pid] },
    ...{ warmUpMs: quick ? 1_500 : 3_000, measureMs: quick ? 2_000 : 5_000 },
  });

export const figureOf = (what: string, found: LoadFigures): Figure => ({
  what,
  value: [
    `${wholeNumber(found.perSecond)}/s`,
    p50AndP99(found.p50Ms, found.p99Ms),
    `processor ${found.serverUs.toFixed(0)} us each`,
    ...(found.refused > 0 ? [`${found.refused} refused`] : []),
  ].join(' · '),
  numbers: found,
  goals: [],
});

/** Alternated, so that what else the machine does meets both. */
async function againstConstant(real: Target, constant: AddressedServer, quick: boolean) {
  const asked = { endpoint: constant.endpoint, key: undefined, pid: constant.pid };
  const realRates: LoadFigures[] = [];
  const constantRates: LoadFigures[] = [];
  for (let round = 0; round < rounds; round += 1) {
    realRates.push(await loadOf(real, 'availability', storeSkus, quick));
    constantRates.push(await loadOf(asked, 'availability', storeSkus, quick));
  }
  const middle = (found: readonly LoadFigures[], of: 'perSecond' | 'serverUs') =>
    medianOf(found.map((each) => each[of]));
  const pick = (found: readonly LoadFigures[]) =>
    found.find(({ perSecond }) => perSecond === middle(found, 'perSecond')) ?? found[0]!;
  return {
    ...{ real: pick(realRates), constant: pick(constantRates) },
    ratio: middle(realRates, 'perSecond') / middle(constantRates, 'perSecond'),
    processorRatio: middle(constantRates, 'serverUs') / middle(realRates, 'serverUs'),
  };
}

async function runMutations(folder: string, quick: boolean, tell: (figure: Figure) => void) {
  const holdfast = await startHoldfastProcess({ folder });
  const { endpoint, keys, pid } = holdfast;
  const anonymous = { endpoint, key: undefined, pid };
  const partner = { endpoint, key: keys.partner, pid };
  tell(figureOf('reserveStock, one hot SKU', await loadOf(anonymous, 'reserve', 1, quick)));
  const spread = await loadOf(anonymous, 'reserve', storeSkus, quick);
  tell(figureOf('reserveStock, 10,000 SKUs', spread));
  const placed = await loadOf(partner, 'place', storeSkus, quick);
  tell(figureOf('placeOrder to CONFIRMED, partner key', placed));
  await holdfast.stop();
}

/** Both just started: what a process has run before makes the same code faster or slower. */
async function runQueries(folder: string, quick: boolean, tell: (figure: Figure) => void) {
  const holdfast = await startHoldfastProcess({ folder });
  const constant = await startServer<ConstantCase>('constant-server.ts', {
    folder: temporaryFolder('constant'),
  });
  const { endpoint, pid } = holdfast;
  const compared = await againstConstant({ endpoint, key: undefined, pid }, constant, quick);
  constant.stop();
  await holdfast.stop();
  tell(figureOf('availability of 20 SKUs', compared.real));
  tell(figureOf('a constant in its place', compared.constant));
  tell({
    what: 'availability against the constant',
    value: `${times(compared.ratio)}, by processor time ${times(compared.processorRatio)}`,
    numbers: { ratio: compared.ratio, processorRatio: compared.processorRatio },
    goals: [atLeast(compared.ratio, constantGoal, '0.90x')],
  });
}

async function run({ quick, storeOf }: RowOptions, tell: (figure: Figure) => void) {
  const folder = await storeOf(storeSkus);
  await runMutations(folder, quick, tell);
  await runQueries(folder, quick, tell);
}

export const graphql: Row = {
  name: 'graphql',
  title: `GraphQL over HTTP: ${connections} connections from a second process`,
  run,
};
