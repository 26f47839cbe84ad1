/**
 * What was published: nothing that the log does not hold, and by each relay that lives everything
 * since it began.
 */

import { logSubject } from '@holdfast/chassis/bus/bus';
import { type Commit, laneKey } from '@holdfast/chassis/commit';
import type { Published, Repeated } from '@holdfast/chassis/simulation/bus.simulated';
import type { SimulatedProcess } from '@holdfast/chassis/simulation/simulated-process';
import type { Breach } from './stock-law.ts';

export function auditBus(
  published: readonly Published[],
  logs: readonly (readonly Commit[])[],
  breach: Breach,
): void {
  const versions = new Map<string, Set<number>>();
  const bySubject = new Map(logs.map((commits) => [commits[0] && logSubject(commits[0]), commits]));
  for (const { message, by, begun } of published) {
    const { subject, commit, id } = message;
    const logged = bySubject.get(subject)?.[commit.version - 1];
    if (logged?.hash !== commit.hash || logged.body !== commit.body) {
      breach('I8', `${id} was published and is not in the log`);
    }
    const key = `${by.name} ${by.bornAtMs} ${begun}`;
    const sent = versions.get(key) ?? new Set();
    versions.set(key, sent);
    // In order: what came before is on its way already, or was there when the relay began.
    if (sent.size > 0 && commit.version > Math.max(...sent) + windowMax) {
      breach('I8', `${by.name} published ${id} long before what is before it`);
    }
    sent.add(commit.version);
  }
}

/** A broker compares ids alone: two commits of one id swallow each other. */
export function auditRepeats(repeated: readonly Repeated[], breach: Breach): void {
  for (const { message, known } of repeated) {
    if (message.subject === known.subject && message.commit.hash === known.commit.hash) continue;
    breach('I8', `${message.id} on ${message.subject} was taken for one on ${known.subject}`);
  }
}

/**
 * While those that lived through the weather still live: none of them has left anything out since
 * it last heard what the bus has. What another sends late may lie beyond a gap there, which
 * consumers fill from the log.
 */
export function auditRelays(
  published: readonly Published[],
  logs: readonly (readonly Commit[])[],
  breach: Breach,
): void {
  const versions = new Map<SimulatedProcess, Set<number>>();
  for (const { message, by, sinceBegun } of published) {
    if (!by.alive() || !sinceBegun()) continue;
    const sent = versions.get(by) ?? new Set();
    versions.set(by, sent.add(message.commit.version));
  }
  for (const [process, sent] of versions) checkComplete(process, sent, logs, breach);
}

/**
 * Where lanes change hands or processes end no relay carries a whole log, but one after the other
 * they come to its end. One that ended with some under way may leave a gap, which consumers fill
 * from the log.
 */
export function auditRelaysInTurn(
  published: readonly Published[],
  logs: readonly (readonly Commit[])[],
  breach: Breach,
): void {
  const newest = new Map<string, number>();
  for (const { commit } of published.map(({ message }) => message)) {
    const key = laneKey(commit);
    newest.set(key, Math.max(commit.version, newest.get(key) ?? 0));
  }
  for (const last of logs.flatMap((commits) => commits.at(-1) ?? [])) {
    const carried = newest.get(laneKey(last)) ?? 0;
    if (carried < last.version) {
      breach('I8', `${laneKey(last)} was published up to ${carried} of ${last.version}`);
    }
  }
}

/** Commits that a relay may have under way. */
const windowMax = 64;

function checkComplete(
  { name }: SimulatedProcess,
  sent: ReadonlySet<number>,
  logs: readonly (readonly Commit[])[],
  breach: Breach,
): void {
  const [inventory = [], orders = []] = logs;
  const { length } = name.startsWith('inventory') ? inventory : orders;
  for (let version = Math.min(...sent); version <= length; version += 1) {
    if (!sent.has(version)) breach('I8', `${name} has never published version ${version}`);
  }
}
