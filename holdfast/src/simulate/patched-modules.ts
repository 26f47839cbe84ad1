/**
 * Changes the text of shipped modules as they are loaded: how bugs are planted, and how sizes are
 * made small.
 */
import { registerHooks } from 'node:module';

export type Patch = {
  /** The end of the module's path without its extension, e.g. `chassis/src/lane/lane-writer`. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly replace: string;
};

/**
 * For the thread that calls it, and for what it imports afterwards.
 *
 * @returns throws unless every patch was applied, once
 */
export function patchModules(patches: readonly Patch[]): () => void {
  const applied = new Map<Patch, number>();
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const module = url.replace(/\.[jt]s$/, '');
      const mine = patches.filter(({ file }) => module.endsWith(file));
      if (mine.length === 0) return loaded;
      for (const patch of mine) applied.set(patch, (applied.get(patch) ?? 0) + 1);
      return { ...loaded, source: mine.reduce(patched, String(loaded.source)) };
    },
  });
  return () => {
    const missed = patches.find((patch) => applied.get(patch) !== 1);
    if (missed) throw new Error(`${missed.file} was loaded ${applied.get(missed) ?? 0} times`);
  };
}

/** @throws when there is no such text, or more than one: the shipped code has moved on */
export function patched(source: string, { file, find, replace }: Patch): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`the text to change in ${file} occurs ${parts.length - 1} times: ${find}`);
  }
  return parts.join(replace);
}
