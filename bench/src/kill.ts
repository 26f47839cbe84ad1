/**
 * Kills the running system under load, again and again, and proves that nothing acknowledged is
 * lost or doubled, that every order goes on and that a resumed subscription has no gap. `--kills N`
 * (100). Exits 1 on any deviation.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type GraphqlClient, graphqlClient, passedErrors } from './graphql-client.ts';
import {
  type HoldfastProcess,
  killWhileStarting,
  startHoldfastProcess,
  verifyStore,
} from './holdfast-process.ts';
import { compareStock, forAll, hearAgain, pendingOrders, type Tally } from './kill-checks.ts';
import { decide, killLoad, type Load } from './kill-load.ts';
import { putKillStock } from './kill-stock.ts';
import { type BadgeWatch, type Watched, watchBadge, watchOrder } from './kill-watch.ts';
import { medianOf } from './quantiles.ts';
import { temporaryFolder } from './temporary-folder.ts';

const clientsCount = 12;
/**
 * Load before a kill; the kill itself comes at any moment of an append, a projection or a
 * checkpoint.
 */
const loadMs = { least: 200, most: 900 };
const verifyEveryKills = 10;
/** A start is killed as well: it reads, folds and writes rows before anybody is answered. */
const startKillEveryKills = 5;
const killedStartMs = { least: 300, most: 1_500 };
const heardAgainAtEnd = 5_000;

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' } } });
const killsWanted = Number(values.kills);

const print = (line: string) => process.stdout.write(`${line}\n`);

const clientsOf = ({ endpoint, keys }: HoldfastProcess) =>
  Array.from({ length: clientsCount }, () => graphqlClient(endpoint, keys.partner));

const closeAll = (clients: readonly GraphqlClient[]) => {
  for (const client of clients) client.close();
};

/** What the kill left open is sent again, under the same keys. */
async function settleOpen(clients: readonly GraphqlClient[], load: Load): Promise<number> {
  const open = [...load.open];
  await forAll(clients, open, async (operation, client) => {
    operation.heard = await decide(client, operation);
    load.open.delete(operation);
  });
  return open.length;
}

type Run = {
  readonly load: Load;
  readonly tally: Tally;
  readonly watched: Watched;
  readonly badge: BadgeWatch;
  readonly startsMs: number[];
  kills: number;
  openAtKills: number;
  killedStarts: number;
};

/** Load until the kill; the acknowledged operations of this round. */
async function loadAndKill(holdfast: HoldfastProcess, run: Run) {
  const from = run.load.all.length;
  const clients = clientsOf(holdfast);
  let stopped = false;
  const loading = clients.map((client) => run.load.run(client, () => stopped));
  await new Promise((resolve) => setTimeout(resolve, randomInt(loadMs.least, loadMs.most)));
  await holdfast.kill();
  stopped = true;
  await Promise.all(loading);
  closeAll(clients);
  run.kills += 1;
  return run.load.all.slice(from).filter(({ heard }) => heard !== undefined);
}

async function round(
  holdfast: HoldfastProcess,
  run: Run,
  folder: string,
): Promise<HoldfastProcess> {
  const before = graphqlClient(holdfast.endpoint, holdfast.keys.partner);
  const door = { endpoint: holdfast.endpoint, key: holdfast.keys.partner };
  const order = await watchOrder(door, before, run.watched);
  before.close();
  const acknowledged = await loadAndKill(holdfast, run);

  if (run.kills % startKillEveryKills === 0) {
    await killWhileStarting(folder, randomInt(killedStartMs.least, killedStartMs.most));
    run.killedStarts += 1;
  }
  const next = await startHoldfastProcess({ folder });
  run.startsMs.push(next.startMs);
  const nextDoor = { endpoint: next.endpoint, key: next.keys.partner };
  run.badge.resume(nextDoor);
  const clients = clientsOf(next);
  run.openAtKills += await settleOpen(clients, run.load);
  await hearAgain(clients, acknowledged, run.tally);
  await order.finish(nextDoor, clients[0]!);
  if (run.kills % verifyEveryKills === 0 || run.kills === killsWanted) {
    await compareStock(clients[0]!, run.load.all, run.tally);
    await run.badge.compare(clients[0]!);
    const { ok, said } = await verifyStore(folder);
    if (!ok) run.tally.wrong.push(`verify after ${run.kills} kills: ${said}`);
    const { lost, doubled } = run.tally;
    const acks = run.load.all.length;
    const verdict = ok ? 'verified' : 'NOT verified';
    print(`${run.kills} kills, ${acks} acknowledged, ${lost} lost, ${doubled} doubled, ${verdict}`);
  }
  closeAll(clients);
  return next;
}

async function finish(holdfast: HoldfastProcess, run: Run): Promise<void> {
  const clients = clientsOf(holdfast);
  const { all } = run.load;
  const step = Math.max(1, Math.floor(all.length / heardAgainAtEnd));
  await hearAgain(
    clients,
    all.filter((_, at) => at % step === 0),
    run.tally,
  );
  const pending = await pendingOrders(clients, all);
  if (pending > 0) run.tally.wrong.push(`${pending} orders are still PENDING`);
  closeAll(clients);
  run.badge.close();
}

function report({ killedStarts, kills, load, openAtKills, startsMs, tally, watched }: Run): number {
  const acknowledged = load.all.length;
  const refused = load.all.filter(({ heard }) => heard?.code !== undefined).length;
  const wrong = [...tally.wrong, ...watched.wrong];
  if (openAtKills === 0) wrong.push('no kill met a request under way: nothing was injected');
  if (acknowledged === 0) wrong.push('nothing was acknowledged');
  const max = Math.round(Math.max(...startsMs));
  print(`kills                  ${kills}, with ${openAtKills} requests under way`);
  print(`killed while starting  ${killedStarts}`);
  print(`acknowledged           ${acknowledged}, of these ${refused} refused`);
  print(`lost                   ${tally.lost}`);
  print(`doubled                ${tally.doubled}`);
  print(`replays answered       ${tally.replays + openAtKills}`);
  print(`subscriptions resumed  ${watched.resumed + kills}, gaps ${watched.gaps}`);
  const passed = [...passedErrors].map(([code, times]) => `${times} ${code}`).join(', ');
  print(`asked again after      ${passed || 'nothing'}`);
  print(`restart                p50 ${Math.round(medianOf(startsMs))} ms, max ${max} ms`);
  for (const sentence of new Set(wrong)) print(`WRONG  ${sentence}`);
  return wrong.length === 0 ? 0 : 1;
}

const folder = temporaryFolder('kill');
const watched: Watched = { gaps: 0, resumed: 0, wrong: [] };
const run: Run = {
  ...{ load: killLoad(), tally: { lost: 0, doubled: 0, replays: 0, wrong: [] }, watched },
  ...{ badge: watchBadge(watched), startsMs: [], kills: 0, openAtKills: 0 },
  killedStarts: 0,
};
let holdfast = await startHoldfastProcess({ folder });
const first = graphqlClient(holdfast.endpoint, holdfast.keys.partner);
await putKillStock(first);
first.close();
run.badge.resume({ endpoint: holdfast.endpoint, key: holdfast.keys.partner });
while (run.kills < killsWanted) holdfast = await round(holdfast, run, folder);
await finish(holdfast, run);
await holdfast.stop();
const last = await verifyStore(folder);
if (!last.ok) run.tally.wrong.push(`verify at the end: ${last.said}`);
print(last.said);
process.exit(report(run));
