/**
 * What must hold of any log, whatever it is about: dense versions, an unbroken chain, time that
 * never falls.
 */
import { createHash } from 'node:crypto';
import {
  type CommandRecord,
  type Commit,
  type DomainEvent,
  idOfEvent,
  type Outcome,
} from '@holdfast/chassis/commit';
import type { Breach } from './stock-law.ts';

export function auditChain(commits: readonly Commit[], breach: Breach): void {
  let version = 0;
  let hash = '';
  let at = 0;
  for (const commit of commits) {
    const name = `${commit.context}:${commit.lane}:${commit.version}`;
    if (commit.version !== version + 1) breach('I3', `${name} follows version ${version}`);
    if (commit.prevHash !== hash) breach('I3', `${name} does not continue the chain`);
    const text = `${commit.prevHash}\n${name}\n${commit.body}`;
    const own = createHash('sha256').update(text).digest('base64url');
    if (own !== commit.hash) breach('I3', `the hash of ${name} is not its own`);
    if (commit.at < at) breach('I3', `time falls at ${name}`);
    version = commit.version;
    ({ hash, at } = commit);
  }
}

export type LoggedEvent = {
  readonly id: string;
  readonly prefix: string;
  /** The stream without its prefix. */
  readonly subject: string;
  readonly event: DomainEvent;
};

/** One command with everything that it did. */
export type LoggedCommand = {
  readonly record: CommandRecord;
  readonly outcome: Outcome | undefined;
  readonly version: number;
  readonly at: number;
  readonly events: readonly LoggedEvent[];
};

/** Commits never change, and are looked at again and again while the world settles. */
const known = new WeakMap<Commit, readonly LoggedCommand[]>();

/** The commands of a commit, each with its events in order. */
export function commandsOf(commit: Commit): readonly LoggedCommand[] {
  const commands = known.get(commit) ?? commandsIn(commit);
  known.set(commit, commands);
  return commands;
}

function commandsIn(commit: Commit): readonly LoggedCommand[] {
  const commands: (LoggedCommand & { readonly events: LoggedEvent[] })[] = [];
  let index = 0;
  for (const entry of commit.entries) {
    const { stream, command, outcome, events } = entry;
    if (command) {
      const { version, at } = commit;
      commands.push({ record: command, outcome, version, at, events: [] });
    }
    const slash = stream.indexOf('/');
    for (const [at, event] of events.entries()) {
      const [prefix, subject] = [stream.slice(0, slash), stream.slice(slash + 1)];
      const id = idOfEvent(commit, entry, at, index);
      commands.at(-1)?.events.push({ id, prefix, subject, event });
      index += 1;
    }
  }
  return commands;
}
