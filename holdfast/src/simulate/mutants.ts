/** Bugs to plant. Each is a change of shipped text that a tired developer could make. */
import type { Patch } from './patched-modules.ts';

export type Mutant = { readonly name: string; readonly patches: readonly Patch[] };

const plant = (name: string, file: string, find: string, replace: string): Mutant => ({
  ...{ name, patches: [{ file, find, replace }] },
});

const lane = 'chassis/src/create-lane';
const streams = 'chassis/src/lane-streams';
const feed = 'chassis/src/lane-feed';
const claims = 'inventory/src/claim';

/** What a lane and its stores must not do. */
const owning: readonly Mutant[] = [
  plant(
    'the store takes two commits of one version',
    'chassis/src/simulation/event-log.simulated',
    "if (commits.has(version)) return 'taken';",
    '',
  ),
  plant(
    'an answer is given before its append',
    lane,
    'if (!last) return waiting.resolve(answer);',
    'waiting.resolve(answer); if (!last) return;',
  ),
  plant(
    'what a lost append had changed stays in memory',
    lane,
    'streams = laneStreams(id, rows, kinds, bounds.streamsMax);\n    outcomes',
    'outcomes',
  ),
  plant(
    'an unknown outcome is taken for success',
    'chassis/src/append-until-settled',
    'if (failure instanceof StoreCorrupt) throw failure;',
    'return true;',
  ),
  plant(
    'a taken version is taken for ours',
    'chassis/src/append-until-settled',
    'if (winner) return sameCommit(winner, commit);',
    'if (winner) return true;',
  ),
  plant(
    'old memory is decided with beside newer rows',
    streams,
    'if (newest > knownVersion()) return false;',
    '',
  ),
  plant(
    'the hash of the commit before is not chained',
    'chassis/src/open-commit',
    'prevHash: after.hash,',
    "prevHash: '',",
  ),
  plant(
    "a lane's time follows its machine's clock back",
    lane,
    'Math.max(clock.now(), lastAt)',
    'clock.now()',
  ),
  plant(
    'nobody is woken after a restart',
    lane,
    'await timers.start();',
    '',
  ),
];

const remembering: readonly Mutant[] = [
  plant(
    'keys are not looked up',
    'chassis/src/lane-decision',
    "if (earlier !== 'absent') {",
    "if (earlier !== 'absent' && earlier.id === '') {",
  ),
  plant(
    'the input under a key is not compared',
    'chassis/src/lane-decision',
    'const same = earlier.input === command.record.input;',
    'const same = true;',
  ),
  plant(
    'refusals are not kept',
    'chassis/src/lane-decision',
    'if (!decision.rejection.notKept) {',
    'if (decision.rejection.type === undefined) {',
  ),
  plant(
    'keys in the tail of the log are forgotten',
    'chassis/src/fold-tail',
    'outcomes.keepFrom(commit);',
    '',
  ),
  plant(
    'keys are believed to be new before all are known',
    'chassis/src/outcomes',
    "if (filterKnowsRows && !filter.maybe(id)) return 'absent';",
    "if (!filter.maybe(id)) return 'absent';",
  ),
  plant(
    'a row is taken in the middle of a commit',
    lane,
    'if (filling) atBoundary.push({ durable, undone });\n          else durable();',
    'durable();',
  ),
  plant(
    'an older row is written over a newer one',
    'chassis/src/lane-rows.in-memory',
    'if (row.version > (rows.get(id)?.version ?? 0)) rows.set(id, row);',
    'rows.set(id, row);',
  ),
  plant(
    'the checkpoint is ahead of the rows of streams',
    'chassis/src/lane-writer',
    '(streams.oldestUnwritten() ?? Number.POSITIVE_INFINITY) - 1,',
    '',
  ),
  plant(
    'the checkpoint is ahead of the rows of answers',
    'chassis/src/lane-writer',
    '(outcomes.oldestUnwritten() ?? Number.POSITIVE_INFINITY) - 1,',
    '',
  ),
  plant(
    'a stream is forgotten before it is written',
    streams,
    'if (stream.used || dirtySince.has(name) || beingWritten.has(name)) {',
    'if (stream.used) {',
  ),
];

const following: readonly Mutant[] = [
  plant(
    'the position moves before the effect',
    'chassis/src/follower',
    'if (open === 0) finish();\n    for (const group of groups) {',
    'finish();\n    for (const group of groups) {',
  ),
  {
    name: 'a gap is skipped',
    patches: [
      {
        file: feed,
        find: 'const delivery = state.held.get(state.last.version + 1);',
        replace: 'const delivery = [...state.held.values()][0];',
      },
      {
        file: feed,
        find: 'if (delivery.commit.prevHash === state.last.hash) {',
        replace: 'if (delivery.commit.version > state.last.version) {',
      },
    ],
  },
  plant(
    'a commit is projected twice after a crash',
    'chassis/src/project-commit',
    'if (cached.version >= commit.version) continue;',
    '',
  ),
  plant(
    'events that could not be applied are dropped',
    'chassis/src/follower',
    'waiting.add(group, attempts, failure);',
    '',
  ),
  plant(
    'a failed publication is not repeated',
    'chassis/src/relay',
    'if (!(await answer)) return false;',
    'await answer;',
  ),
  plant(
    'a look does not wait for what was answered',
    'inventory/src/reads',
    'upToDate: () => availability.reached(inventoryLane, ledger.durableVersion()),',
    'upToDate: () => undefined,',
  ),
];

const promising: readonly Mutant[] = [
  plant(
    'one unit more is promised than is free',
    'inventory/src/stock/position',
    'Math.max(0, freeUnits(position, now) + ownUnits - safetyStock)',
    'Math.max(0, freeUnits(position, now) + ownUnits - safetyStock + 1)',
  ),
  plant(
    'one unit less is promised than is free',
    'inventory/src/stock/position',
    'Math.max(0, freeUnits(position, now) + ownUnits - safetyStock)',
    'Math.max(0, freeUnits(position, now) + ownUnits - safetyStock - 1)',
  ),
  plant(
    'an expired hold counts until it is swept',
    'inventory/src/stock/holds',
    'if (end > now) break;',
    'break;',
  ),
  {
    name: 'a hold expires early',
    patches: [
      {
        file: `${claims}/hold-life`,
        find: "if (hold.status !== 'active' || hold.expiresAt > at) return",
        replace: "if (hold.status !== 'active') return",
      },
      {
        file: `${claims}/claim`,
        find: "claim.status === 'active' ? claim.expiresAt : undefined",
        replace: "claim.status === 'active' ? claim.expiresAt - 1_000 : undefined",
      },
    ],
  },
  plant(
    'a lapsed hold is taken by an order',
    `${claims}/allocate`,
    'if (isHeld(known, at)) {',
    "if (known.type === 'reservation' && known.status === 'active') {",
  ),
  plant(
    'a replaced hold stays',
    `${claims}/reserve`,
    "for (const hold of earlier.holds) releaseReservation(changes, hold, 'replaced');",
    '',
  ),
  plant(
    'a replaced hold counts beside its successor',
    `${claims}/reserve`,
    'ownUnits: (sku, location) => unitsAt(earlier.holds, sku, location),',
    'ownUnits: () => 0,',
  ),
  plant(
    'a count forgets what moved after it',
    'inventory/src/stock/decide',
    'const target = units + movedSince(position, condition, includesUpTo);',
    'const target = Number(units);',
  ),
  plant(
    'one free unit fills two backorders',
    `${claims}/fill-backorders`,
    'free.set(location, (free.get(location) ?? 0) - filled);',
    '',
  ),
  plant(
    'a cancelled backorder is filled all the same',
    `${claims}/fill-backorders`,
    'let rest = units - (cancelled.get(claim) ?? 0);',
    'let rest = Number(units);',
  ),
  plant(
    'more is taken back than is there',
    `${claims}/take-back`,
    'const taken = Math.min(rest, line.units);',
    'const taken = rest;',
  ),
];

const ordering: readonly Mutant[] = [
  plant(
    'a repeated event is a new command',
    'inventory/src/policies/serve-orders',
    'key: id, input: event.type, cause: id',
    'cause: id',
  ),
  plant(
    'units cancelled while pending are not given back',
    'orders/src/process/allocation',
    'if (order.owedBack.length > 0)',
    'if (order.owedBack.length < 0)',
  ),
  plant(
    'an order is confirmed before it has its units',
    'orders/src/order/record-payment',
    "if (order.progress.status === 'taken' && backorderedUnits(order) === 0) {",
    'if (backorderedUnits(order) === 0) {',
  ),
  plant(
    'the grace of a payment is not watched',
    'orders/src/order/order',
    'return isPaid(order) ? progress.noticeDueAt : progress.paymentDueAt;',
    'return progress.noticeDueAt;',
  ),
  plant(
    'a cancelled order keeps its stock',
    'orders/src/order/cancel',
    'releaseAll(order, releaseLines(order, lines)),',
    '',
  ),
  plant(
    'an order gives up instead of asking again',
    'orders/src/process/deadlines',
    'progress.requests > allocationRepeatsMax ? giveUp(order) : askAgain(order)',
    'giveUp(order)',
  ),
  plant(
    "the key of an order's personal data is thrown away",
    'orders/src/place-order',
    'if (made !== undefined && made !== used)',
    'if (made !== undefined)',
  ),
];

export const mutants: readonly Mutant[] = [
  ...owning,
  ...remembering,
  ...following,
  ...promising,
  ...ordering,
];
