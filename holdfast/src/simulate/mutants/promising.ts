/** Bugs of what inventory promises. */
import { type Mutant, plant } from './plant.ts';

const claims = 'inventory/src/claim';

export const promising: readonly Mutant[] = [
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
    'if (ends[at]! > now) return held;',
    'return held;',
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
    'ownUnits: (sku, location) => unitsAt(own, sku, location),',
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
