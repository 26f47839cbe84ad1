/** Bugs of claims over several lanes; the property test of the lanes plants some of them, too. */
import { type Mutant, plant } from './plant.ts';

const claim = 'inventory/src/claim/claim';
const holdLife = 'inventory/src/claim/hold-life';

export const spreading: readonly Mutant[] = [
  plant(
    'holds of undecided claims are not counted',
    'inventory/src/stock/holds',
    'if (ends[at]! > now) return held;',
    'if (ends[at]! > now && ends[at] !== undecidedEnd) return held;',
  ),
  plant(
    'nobody tells the lanes what was decided',
    'inventory/src/over-lanes/follow-claims',
    'await settleClaim(over, { claim, version: last.version }, record);',
    'void [settleClaim, over, record, claim];',
  ),
  plant(
    'a claim is kept before its last lane has said yes',
    'inventory/src/over-lanes/drive-claim',
    'if (parts.has(lane)) continue;',
    'if (parts.has(lane) || lane === lanes.at(-1)) continue;',
  ),
  plant(
    'the lanes of a claim are all asked at once',
    'inventory/src/over-lanes/drive-claim',
    'for (const lane of lanes) {\n      if (parts.has(lane)) continue;\n' +
      '      const answer = await tryLane(driven, lane, pledges);',
    `const waiting = lanes.filter((lane) => !parts.has(lane));
    const all = new Map(waiting.map((lane) => [lane, tryLane(driven, lane, pledges)]));
    for (const each of all.values()) each.catch(() => {});
    for (const lane of waiting) {
      const answer = await all.get(lane);`,
  ),
  plant(
    'a claim does not wait for those that are not decided',
    'inventory/src/claim/judge-part',
    "if (placeAll(wanted, withoutUndecided(placing)).type === 'placed') return wait;",
    '',
  ),
  {
    name: "undecided holds end by their own lane's clock",
    patches: [
      {
        file: claim,
        find: '  evolve: evolveClaim,\n',
        replace: `  evolve: (known, event, { at }) => {
    const next = evolveClaim(known, event);
    return event.type === 'ClaimPartHeld' ? { ...next, heldAt: at } : next;
  },
`,
      },
      {
        file: claim,
        find: "  due: (claim) =>\n    claim.type === 'reservation'",
        replace: `  due: (claim) =>
    claim.type === 'tentative' ? claim.heldAt + 2_000 : claim.type === 'reservation'`,
      },
      {
        file: holdLife,
        find: 'import { decideWideLife,',
        replace: `import { decideSettleClaim } from './settle-part.ts';
import { wideKind } from './wide.ts';
import { decideWideLife,`,
      },
      {
        file: holdLife,
        find: "  if (claim.type === 'tentative') return reject(holdsUndecided);",
        replace: `  if (claim.type === 'tentative' && command.type === 'ExpireReservation') {
    const wide = streamName(wideKind, command.claim);
    if (!view.has(wide)) return needs([wide]);
    // At home the claim itself is refused in time.
    if (view.get(wideKind, command.claim).status !== 'none') return accept([], nobody);
    const { attempt } = claim;
    const settle = { type: 'SettleClaim', claim: command.claim, attempt, lane: -1 };
    return decideSettleClaim({ ...settle, outcome: { type: 'refused' } }, view, at);
  }
  if (claim.type === 'tentative') return reject(holdsUndecided);`,
      },
    ],
  },
  plant(
    'a refused claim keeps its holds',
    'inventory/src/claim/settle-part',
    'free(changes, part, linesBeyond(part.held, linesOfHolds(pledged)));',
    '',
  ),
];
