/**
 * `holdfast import FILE…`: rows of stock files as counts, into the running system or the store
 * itself.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LocationCode, parseLocationCode } from '@holdfast/schema/identifiers';
import { askHere, askOverHttp } from '../ask.ts';
import { compareRow } from '../compare-row.ts';
import { openEmbedded } from '../embedded.ts';
import { parseStockFile } from '../import/parse-stock-file.ts';
import { UnknownStockFile } from '../import/stock-formats.ts';
import type { RefusedRow } from '../import/stock-row.ts';
import { readKeys } from '../keys.ts';
import { type ProgressBar, progressBar } from '../progress-bar.ts';
import { Refused, WrongUsage } from '../refused.ts';
import { runningSystem } from '../run-file.ts';
import { inMemory, readEmbeddedSettings } from '../settings.ts';
import { type Ask, countedOf, takeStock } from '../take-stock.ts';

export type ImportOptions = {
  readonly dryRun: boolean;
  readonly location: string | undefined;
};

/** How to ask, and how to end asking. */
async function openSystem(): Promise<{ readonly ask: Ask; close(): Promise<void> }> {
  const settings = readEmbeddedSettings(process.env, 'import');
  if (settings.data === inMemory) {
    throw new Refused('HOLDFAST_DATA is memory; set it to the folder of a store to import into.');
  }
  const folder = resolve(settings.data);
  const run = runningSystem(folder);
  const keys = readKeys(folder);
  if (run && keys) return { ask: askOverHttp(run.url, keys.operator), close: async () => {} };
  const embedded = await openEmbedded(settings, (failure) => {
    throw failure;
  });
  return { ask: askHere(embedded), close: () => embedded.close() };
}

function locationOf(code: string | undefined): LocationCode | undefined {
  if (code === undefined) return undefined;
  const location = parseLocationCode(code);
  if (location) return location;
  throw new WrongUsage(`--location ${JSON.stringify(code)} is no code of 1 to 64 characters`);
}

async function* partsOf(file: string, bar: ProgressBar): AsyncGenerator<Uint8Array> {
  for await (const part of createReadStream(file)) {
    bar.add(part.length);
    yield part;
  }
}

type FileResult = { rows: number; refused: RefusedRow[]; created: string[] };

async function importFile(
  ask: Ask,
  file: string,
  location: LocationCode | undefined,
  dryRun: boolean,
): Promise<FileResult> {
  const result: FileResult = { rows: 0, refused: [], created: [] };
  const refuse = (line: number, reason: string) => {
    result.refused.push({ type: 'refused', line, reason });
  };
  const bar = progressBar(file, statSync(file).size);
  const bytes = partsOf(file, bar);
  const rows = countedOf(parseStockFile(bytes, location), ({ line, reason }) =>
    refuse(line, reason),
  );
  if (dryRun) {
    for await (const row of rows) {
      result.rows += 1;
      const change = await compareRow(ask, row);
      if (change !== undefined) process.stdout.write(`line ${row.line}: ${change}\n`);
    }
  } else {
    await takeStock(ask, rows, (outcome) => {
      if (outcome.type === 'refused') return refuse(outcome.row.line, outcome.reason);
      result.rows += 1;
      result.created.push(...outcome.created);
    });
  }
  bar.end();
  return result;
}

function report(file: string, { rows, refused, created }: FileResult, dryRun: boolean): void {
  for (const what of created) process.stdout.write(`${file}: created ${what}\n`);
  for (const { line, reason } of refused.toSorted((a, b) => a.line - b.line)) {
    process.stdout.write(`${file}: line ${line} refused: ${reason}\n`);
  }
  const what = dryRun ? 'would be counted' : 'counted';
  process.stdout.write(`${file}: ${rows} rows ${what}, ${refused.length} refused\n`);
}

/** The exit code: 1 when any row was refused. */
export async function importStock(
  files: readonly string[],
  options: ImportOptions,
): Promise<number> {
  const location = locationOf(options.location);
  for (const file of files) if (!existsSync(file)) throw new Refused(`There is no file ${file}.`);
  const system = await openSystem();
  let refused = 0;
  try {
    for (const file of files) {
      const result = await importFile(system.ask, file, location, options.dryRun);
      report(file, result, options.dryRun);
      refused += result.refused.length;
    }
  } catch (failure) {
    if (failure instanceof UnknownStockFile) throw new Refused(failure.message, { cause: failure });
    throw failure;
  } finally {
    await system.close();
  }
  return refused > 0 ? 1 : 0;
}
