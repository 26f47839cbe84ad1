/** Fills a store through the ledger, with its projections folded, as an import leaves it behind. */
import { answerParent, caseFromParent } from './child.ts';
import { openInventory, populate } from './ledger-store.ts';

export type PrepareCase = { readonly folder: string; readonly skus: number };
export type PrepareFigures = { readonly tookMs: number };

const asked = caseFromParent<PrepareCase>();
const startedAt = performance.now();
const { inventory, store } = await openInventory(asked.folder);
await inventory.start();
await populate(inventory, 0, asked.skus);
await inventory.stop();
await store.close();
answerParent<PrepareFigures>({ tookMs: performance.now() - startedAt });
