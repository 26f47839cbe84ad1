/** One run: the shop opens, the weather is bad, the weather clears, and everything is looked at. */
import { createWorld } from '@holdfast/chassis/simulation/world';
import { createClient } from './client.ts';
import type { Finding, Invariant } from './findings.ts';
import { auditAll } from './invariants.ts';
import { auditRelays, auditRelaysInTurn } from './oracle/audit-bus.ts';
import {
  confuseKeys,
  darkenSometimes,
  emptyBusSometimes,
  interfere,
  readOwnWrites,
  rival,
  watch,
  wonder,
} from './passers-by.ts';
import { probe } from './probe.ts';
import { createRequests } from './requests.ts';
import { finish } from './run-until.ts';
import type { Scene } from './scene.ts';
import { settle } from './settle.ts';
import { openShop } from './shop.ts';
import { visit } from './shopper.ts';
import { stateHash } from './state-hash.ts';
import { keepStock } from './stock-keeper.ts';
import { createSystem, inventoryLane, ordersLane, type Shape, type System } from './system.ts';

export type SeedResult = {
  readonly seed: number;
  readonly findings: readonly Finding[];
  /** How often each rare state was reached. */
  readonly noted: readonly (readonly [string, number])[];
  readonly steps: number;
  readonly virtualMs: number;
  readonly commits: number;
  readonly requests: number;
  /** Over everything that was stored and the moment of each step. */
  readonly hash: string;
};

const shoppers = 13;
const visitsMs = 40_000;
/** Then the weather clears, whoever has not been answered: weather can be too bad for anybody. */
const stormMsMax = 120_000;

/**
 * Mostly one lane, where each answer is followed; each fourth seed has several, now and then as
 * many as clustered; of each kind some are shared by leases. By the seed itself, so that the others
 * are what they were.
 */
function shapeOf(seed: number): Shape {
  if (seed % 4 !== 3) return { laneCount: 1, shared: seed % 16 === 5 };
  if (seed % 16 === 3) return { laneCount: 16, shared: seed % 32 === 3 };
  return { laneCount: 4, shared: seed % 8 === 7 };
}

/** @param reader takes the story of the run, line by line */
export async function runSeed(seed: number, reader?: (line: string) => void): Promise<SeedResult> {
  const world = createWorld(seed, reader);
  const findings: Finding[] = [];
  const breach = (invariant: Invariant, words: string) => findings.push({ invariant, words });
  const system = createSystem(world, shapeOf(seed));
  const requests = createRequests(world);
  const client = createClient(world, system, requests);
  const scene: Scene = { world, system, client, shop: openShop(world), looks: [], breach };
  try {
    await storm(scene);
    world.heal();
    for (const left of await settle(world, system)) breach('I7', `still to be done: ${left}`);
    auditCarried(system, breach);
    await probe(world, system, client, requests, scene.shop, scene.looks, breach);
    for (const left of await settle(world, system)) breach('I7', `still to be done: ${left}`);
  } catch (failure) {
    breach(
      'availability',
      failure instanceof Error ? (failure.stack ?? failure.message) : String(failure),
    );
  }
  await auditAll(world, system, requests, client, scene.looks, breach);
  return {
    ...{ seed, findings, steps: world.steps(), virtualMs: world.now() },
    noted: [...world.noted()],
    commits: system.logs.all().reduce((sum, commits) => sum + commits.length, 0),
    requests: requests.all().length,
    hash: await stateHash(world, system, requests),
  };
}

/** All relays together carry everything; each alone as well where it has a lane for itself. */
function auditCarried({ logs, bus, laneCount, shared }: System, breach: Scene['breach']): void {
  auditRelaysInTurn(bus.published(), logs.all(), breach);
  if (shared || laneCount > 1) return;
  auditRelays(bus.published(), [logs.commits(inventoryLane), logs.commits(ordersLane)], breach);
}

/** Everybody at once, until the last has been answered. */
async function storm(scene: Scene): Promise<void> {
  const { world, system, client, shop } = scene;
  const { random } = world;
  // Many come at the same moment as often as spread over the day.
  const rushesMs = random.chance(0.5) ? [1, 2, 3].map(() => random.between(0, visitsMs)) : [];
  const arrivalMs = () =>
    rushesMs.length > 0
      ? random.pick(rushesMs) + random.between(0, 200)
      : random.between(0, visitsMs);
  const visitSometime = async (name: string) => {
    await client.pause(arrivalMs());
    await visit(world, client, shop, name);
  };
  const everybody = async () => {
    await shop.setUp(client);
    await Promise.all([
      ...Array.from({ length: shoppers }, (_, at) => visitSometime(`shopper-${at + 1}`)),
      keepStock(world, client, shop, 9),
      watch(scene),
      readOwnWrites(scene),
      rival(world, system, shop, client),
      confuseKeys(world, client, shop),
      wonder(world, client, shop),
      emptyBusSometimes(world, system, client),
      darkenSometimes(world, system, client),
    ]);
  };
  world.after(stormMsMax, world.heal);
  await finish(world, everybody(), [interfere(world, system, client)]);
}
