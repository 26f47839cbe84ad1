/**
 * Cuts a JSON file into the entries of its list while it is read, so that a million of them are
 * never held at once and each knows its line. Only brackets, strings and commas are looked at;
 * what is inside an entry is for `JSON.parse`. A file without a list is one entry.
 */

export type JsonText = {
  /** From 1; where the entry begins. */
  readonly line: number;
  /** The field that the list is in; undefined for a list, or a single object, of its own. */
  readonly list: string | undefined;
  /** The entry's JSON; undefined when the file ended before the entry did. */
  readonly text: string | undefined;
};

type Scan = {
  /** What was read and may still be needed, and the place in it that is looked at next. */
  buffer: string;
  at: number;
  line: number;
  depth: number;
  isInString: boolean;
  stringStart: number;
  /** The last string outside of any list: what may turn out to be the list's name. */
  lastString: string;
  list: { readonly depth: number; readonly name: string | undefined } | undefined;
  entryStart: number;
  entryLine: number;
  entries: number;
  isDone: boolean;
};

const marks = /["[\]{},\n]/g;
const marksInString = /["\\\n]/g;

function next(scan: Scan): string | undefined {
  const pattern = scan.isInString ? marksInString : marks;
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.buffer);
  // An escape may have gone one past the part's end.
  scan.at = found ? found.index + 1 : Math.max(scan.at, scan.buffer.length);
  return found?.[0];
}

function beginEntry(scan: Scan): void {
  scan.entryStart = scan.at;
  scan.entryLine = scan.line;
}

/** The entry that ended before the mark just read, on the line of its first character. */
function endEntry(scan: Scan, end: number): JsonText {
  const text = scan.buffer.slice(scan.entryStart, end);
  const blank = text.slice(0, text.length - text.trimStart().length);
  const line = scan.entryLine + blank.split('\n').length - 1;
  scan.entries += 1;
  return { line, list: scan.list?.name, text: text.trim() };
}

function open(scan: Scan, mark: string, listNames: readonly string[]): void {
  scan.depth += 1;
  if (mark !== '[' || scan.list) return;
  const isNamed = scan.depth === 2 && listNames.includes(scan.lastString);
  if (scan.depth !== 1 && !isNamed) return;
  scan.list = { depth: scan.depth, name: isNamed ? scan.lastString : undefined };
  beginEntry(scan);
}

function close(scan: Scan): JsonText | undefined {
  scan.depth -= 1;
  const outside = scan.list ? scan.list.depth - 1 : 0;
  if (scan.depth > outside) return undefined;
  scan.isDone = true;
  if (!scan.list) return endEntry(scan, scan.at);
  const isEmptyList =
    scan.entries === 0 && scan.buffer.slice(scan.entryStart, scan.at - 1).trim() === '';
  return isEmptyList ? undefined : endEntry(scan, scan.at - 1);
}

function inString(scan: Scan, mark: string): void {
  // An escape hides the character after it, also when that is in the next part.
  if (mark === '\\') scan.at += 1;
  if (mark !== '"') return;
  scan.isInString = false;
  if (!scan.list && scan.depth === 1) {
    scan.lastString = scan.buffer.slice(scan.stringStart, scan.at - 1);
  }
}

function step(scan: Scan, mark: string, listNames: readonly string[]): JsonText | undefined {
  if (mark === '\n') scan.line += 1;
  else if (scan.isInString) inString(scan, mark);
  else if (mark === '"') {
    scan.isInString = true;
    scan.stringStart = scan.at;
  } else if (mark === '{' || mark === '[') open(scan, mark, listNames);
  else if (mark !== ',') return close(scan);
  else if (scan.depth === scan.list?.depth) {
    const entry = endEntry(scan, scan.at - 1);
    beginEntry(scan);
    return entry;
  }
  return undefined;
}

/** Forgets what is before the entry that is being read. */
function add(scan: Scan, text: string): void {
  scan.buffer = scan.buffer.slice(scan.entryStart) + text;
  scan.at -= scan.entryStart;
  scan.entryStart = 0;
}

/** @param listNames fields in which a list of entries may be */
export async function* jsonTexts(
  parts: AsyncIterable<string>,
  listNames: readonly string[],
): AsyncGenerator<JsonText> {
  const scan: Scan = {
    ...{ buffer: '', at: 0, line: 1, depth: 0, isInString: false, stringStart: 0, lastString: '' },
    ...{ list: undefined, entryStart: 0, entryLine: 1, entries: 0, isDone: false },
  };
  for await (const part of parts) {
    add(scan, part);
    for (let mark = next(scan); mark !== undefined; mark = next(scan)) {
      const entry = step(scan, mark, listNames);
      if (entry) yield entry;
      if (scan.isDone) return;
    }
  }
  yield { ...endEntry(scan, scan.at), text: undefined };
}
