/** One lane in memory: the shipped decisions, in the order in which messages reach it. */
import type { CommandRecord, Commit, Entry, Outcome } from '@holdfast/chassis/commit';
import {
  type AnyStreamKind,
  idOfStream,
  prefixOfStream,
  streamName,
  type View,
} from '@holdfast/chassis/stream-kind';
import type { CatalogEvent } from '../src/catalog/events.ts';
import type { InventoryEvent } from '../src/claim/changes.ts';
import { decideInventory, type InventoryCommand, kinds, streamsOf } from '../src/decide.ts';
import type { Told } from '../src/over-lanes/ask-lane.ts';
import type { StockEvent } from '../src/stock/events.ts';
import { checkStockLaw, stockKind } from '../src/stock/stock.ts';

export type Fact = { readonly stream: string; readonly event: InventoryEvent | CatalogEvent };

const needsMax = 8;

export const kindOf = (stream: string): AnyStreamKind =>
  kinds.find(({ prefix }) => prefix === prefixOfStream(stream)) as AnyStreamKind;

/** Streams by their facts; the law is checked after each. */
function testStreams(lane: number) {
  const states = new Map<string, unknown>();
  const commits: Commit[] = [];
  const counted = new Map<string, number>();

  const stateOf = (stream: string) => {
    if (!states.has(stream)) states.set(stream, kindOf(stream).initial(idOfStream(stream)));
    return states.get(stream);
  };
  /** @param named what was asked for; all when undefined */
  const viewOf = (named: ReadonlySet<string> | undefined): View => ({
    has: (stream) => named === undefined || named.has(stream),
    get(kind, id) {
      const stream = streamName(kind, id);
      if (named && !named.has(stream)) throw new Error(`${stream} was not asked for`);
      return stateOf(stream) as ReturnType<typeof kind.initial>;
    },
  });
  const view = viewOf(undefined);

  const evolve = ({ stream, events }: Entry, version: number, at: number) => {
    const kind = kindOf(stream);
    for (const event of events) {
      counted.set(event.type, (counted.get(event.type) ?? 0) + 1);
      const place = { at, actor: 'anybody', id: () => `inventory:${lane}:${version}:0` };
      states.set(stream, kind.evolve(stateOf(stream), event, place));
    }
    if (kind.prefix !== stockKind.prefix) return;
    checkStockLaw(view.get(stockKind, idOfStream(stream)), events as readonly StockEvent[], at);
  };

  function fold(entries: readonly Entry[], at: number) {
    const version = commits.length + 1;
    // Through text and back, as the log has it.
    const kept = JSON.parse(JSON.stringify(entries)) as Entry[];
    for (const entry of kept) evolve(entry, version, at);
    const chain = { commitId: '', prevHash: '', hash: '', body: '' };
    commits.push({ context: 'inventory', lane, version, ...chain, at, entries: kept });
  }

  return { commits, counted, view, viewOf, fold, names: () => [...states.keys()] };
}

export function openTestLane(lane: number, now: () => number) {
  const { commits, counted, view, viewOf, fold, names } = testStreams(lane);
  const outcomes = new Map<string, Outcome>();

  function decide(command: InventoryCommand) {
    const named = new Set(streamsOf(command));
    for (let round = 0; round < needsMax; round += 1) {
      const decision = decideInventory(command, viewOf(named), now());
      if (decision.type === 'needs') {
        for (const stream of decision.streams) named.add(stream);
        continue;
      }
      const changes = decision.type === 'accepted' ? decision.changes : [];
      // The lane folds only what it has loaded.
      const unseen = changes.find(({ stream, begins }) => !begins && !named.has(stream));
      if (unseen) throw new Error(`${command.type} changes ${unseen.stream} unseen`);
      return decision;
    }
    throw new Error(`${command.type} is never done with asking`);
  }

  return {
    ...{ lane, commits, counted, view, streams: names },
    given(facts: readonly Fact[]) {
      for (const { stream, event } of facts) fold([{ stream, events: [event] }], now());
    },
    handle(command: InventoryCommand, record: CommandRecord): Told {
      const key = record.key && `${record.by} ${record.type} ${record.key}`;
      const earlier = key ? outcomes.get(key) : undefined;
      const told = (outcome: Outcome, replayed: boolean): Told => ({
        ...{ outcome, lane, version: commits.length, replayed, shown: undefined },
      });
      if (earlier) return told(earlier, true);
      const decision = decide(command);
      const accepted = decision.type === 'accepted';
      if (accepted && decision.changes.length > 0) fold(decision.changes, now());
      const outcome: Outcome = accepted
        ? { accepted: decision.answer }
        : { rejected: decision.rejection };
      const isKept = accepted || !('notKept' in decision.rejection);
      if (key && isKept) outcomes.set(key, outcome);
      return told(outcome, false);
    },
  };
}
export type TestLane = ReturnType<typeof openTestLane>;
