/** What is seen of a lease table: which rows live, and that something has changed. */
import { stopSignal } from '../stop-signal.ts';
import type { LeaseRow } from './lease-table.ts';
import { isPulse, type PulseOptions, pulseKey } from './pulse.ts';

/** Again after a pulse should have been heard of and was not. */
const lookAgainMs = 100;
/** Who hears nothing for longer was away, and perhaps all others were. */
const awayMs = 3_000;

/** A silent one must have ended: it was not renewed for as long as a pulse lasts. */
export type AskedPulse = 'living' | 'gone' | { readonly silentRevision: number };

export type SeenRows = {
  /** Keys of the rows that begin so and whose holder has a pulse. */
  keys(prefix: string): readonly string[];
  /** Asks the table about a pulse. @throws when it cannot be read just now */
  ask(pulseId: string): Promise<AskedPulse>;
  onChange(listener: () => void): () => void;
  stop(): void;
};

type SeenPulse = {
  readonly revision: number;
  /** When this revision was seen first, or counts as seen. */
  since: number;
  isOver: boolean;
};

type State = PulseOptions & {
  /** By id, those heard of longest ago first. */
  readonly pulses: Map<string, SeenPulse>;
  /** The holders of all other rows. */
  readonly holders: Map<string, string>;
  /** When anything was heard. */
  heardAt: number;
  readonly tell: () => void;
};

export function seenRows(options: PulseOptions): SeenRows {
  const { table, clock } = options;
  const { tell, onChange, forgetAll } = listenersToChanges();
  const state: State = {
    ...{ ...options, pulses: new Map(), holders: new Map(), heardAt: clock.now(), tell },
  };
  const stopWatching = table.watch((key, row) => {
    hear(state);
    if (isPulse(key)) hearPulse(state, key.slice(pulseKey('').length), row);
    else hearRow(state, key, row);
  });
  const stopAsking = askAboutSilent(state);
  return {
    keys: (prefix) =>
      [...state.holders].flatMap(([key, holder]) =>
        key.startsWith(prefix) && isLiving(state, holder) ? [key] : [],
      ),
    ask: (id) => ask(state, id),
    onChange,
    stop() {
      stopWatching();
      stopAsking();
      forgetAll();
    },
  };
}

const isLiving = ({ pulses }: State, id: string): boolean => pulses.get(id)?.isOver === false;

/** Whoever hears again knows of nobody yet that they have not come back. */
function hear(state: State): void {
  const now = state.clock.now();
  if (now - state.heardAt > awayMs) {
    for (const pulse of state.pulses.values()) if (!pulse.isOver) pulse.since = now;
  }
  state.heardAt = now;
}

function hearPulse(state: State, id: string, row: LeaseRow | undefined): void {
  const { pulses, clock, tell } = state;
  const wasLiving = isLiving(state, id);
  // Last, so that those heard of longest ago stand first.
  pulses.delete(id);
  if (row) pulses.set(id, { revision: row.revision, since: clock.now(), isOver: false });
  // A renewal is no change.
  if (wasLiving !== (row !== undefined)) tell();
}

function hearRow({ holders, tell }: State, key: string, row: LeaseRow | undefined): void {
  const known = holders.get(key);
  if (row) holders.set(key, row.holder);
  else holders.delete(key);
  if (known !== row?.holder) tell();
}

async function ask(state: State, id: string): Promise<AskedPulse> {
  const { table, clock, pulses, ttlMs, tell } = state;
  const askedAt = clock.now();
  const row = await table.get(pulseKey(id));
  hear(state);
  const known = pulses.get(id);
  if (row?.revision !== known?.revision) hearPulse(state, id, row);
  if (!row) return 'gone';
  if (row.revision !== known?.revision || askedAt - known.since < ttlMs) return 'living';
  if (!known.isOver) {
    known.isOver = true;
    tell();
  }
  return { silentRevision: row.revision };
}

/** Nobody is taken for dead because nothing is heard: who is silent is asked about. */
function askAboutSilent(state: State): () => void {
  const { pulses, clock, ttlMs } = state;
  const isSilent = ({ since, isOver }: SeenPulse) => !isOver && clock.now() - since >= ttlMs;
  const stopping = stopSignal(clock);
  const nextLookMs = () => {
    const oldest = pulses.values().find((pulse) => !pulse.isOver)?.since ?? clock.now();
    return Math.max(lookAgainMs, oldest + ttlMs - clock.now());
  };
  const lookAlways = async () => {
    for (;;) {
      await stopping.pause(nextLookMs());
      if (stopping.stopped()) return;
      const silent = [...pulses].filter(([, pulse]) => isSilent(pulse));
      // Not known: asked again.
      await Promise.allSettled(silent.map(([id]) => ask(state, id)));
      forgetOld(state);
    }
  };
  void lookAlways();
  return stopping.stop;
}

/** Long after the table has, if we were not told. */
const forgottenAfter = 2;

function forgetOld({ pulses, holders, clock, table }: State): void {
  for (const [id, { since, isOver }] of pulses) {
    if (!isOver || clock.now() - since < forgottenAfter * table.ttlMs) continue;
    pulses.delete(id);
    for (const [key, holder] of holders) if (holder === id) holders.delete(key);
  }
}

function listenersToChanges() {
  const listeners = new Set<() => void>();
  return {
    tell() {
      for (const listener of listeners) listener();
    },
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    forgetAll: () => listeners.clear(),
  };
}
