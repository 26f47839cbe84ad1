import { restoreIt, StoreFailure } from '../store-failure.ts';

/**
 * SQLite's failures in sentences that say what to do. Result codes: sqlite.org/rescode.html, first
 * byte.
 */
const sentences: Readonly<Record<number, (folder: string) => string>> = {
  5: (folder) =>
    `The store in ${folder} is locked by another program; ` +
    'end it, or set HOLDFAST_DATA to another folder.',
  8: (folder) => `The store in ${folder} may not be written; give this user write permission.`,
  10: (folder) => `The disk under ${folder} fails; check it, and restore the store from a backup.`,
  11: (folder) => `The store in ${folder} is damaged; ${restoreIt}.`,
  13: (folder) =>
    `The disk under ${folder} is full; ` +
    'free some space and start again. Nothing acknowledged is lost.',
  14: (folder) =>
    `The store in ${folder} cannot be opened; check that the folder exists and may be written.`,
  26: (folder) =>
    `The file in ${folder} is not a Holdfast store or its beginning is damaged; ` +
    'restore it from a backup.',
};

/** undefined when the failure is not one of the store's own. */
export function asStoreFailure(failure: unknown, folder: string): StoreFailure | undefined {
  const { errcode } = failure as { readonly errcode?: number };
  if (typeof errcode !== 'number') return undefined;
  const sentence = sentences[errcode & 0xff];
  return sentence ? new StoreFailure(sentence(folder), { cause: failure }) : undefined;
}
