/**
 * What was answered before a request was sent is before it, in each lane that both have come to:
 * the witness of RELIABILITY 1.5 over several lanes. A claim that was kept has its part in each of
 * its lanes by then (DESIGN 4, step 4).
 */
import { type CommandRecord, type Commit, laneKey } from '@holdfast/chassis/commit';
import { type Answer, type Request, requestId } from '../requests.ts';
import { commandsOf } from './audit-log.ts';
import type { Breach } from './stock-law.ts';

/** The first version of each lane in which a request has done something. */
type Footprint = ReadonlyMap<string, number>;

/** What a claim does in other lanes before its caller is answered. */
const beforeAnswer = new Set(['TryClaim', 'PledgeEarlier']);

export function auditRealTime(
  requests: readonly Request[],
  commits: readonly Commit[],
  breach: Breach,
): void {
  const footprints = footprintsIn(commits);
  const moments: Moment[] = [];
  const keys = new Map<string, number>();
  for (const { key } of requests) keys.set(key, (keys.get(key) ?? 0) + 1);
  for (const request of requests) {
    // Two requests under one key leave one footprint.
    if ((keys.get(request.key) ?? 0) > 1) continue;
    const footprint = footprintOf(request, footprints);
    moments.push({ tick: request.sentAt, footprint, request });
    const answer = request.answers.find(isAccepted);
    if (answer) moments.push({ tick: answer.heardAt, footprint, request: undefined });
  }
  checkOrder(moments, breach);
}

type Moment = {
  readonly tick: number;
  readonly footprint: Footprint;
  /** That was sent; undefined: one was answered. */
  readonly request: Request | undefined;
};

function checkOrder(moments: readonly Moment[], breach: Breach): void {
  const answered = new Map<string, number>();
  for (const { footprint, request } of moments.toSorted((a, b) => a.tick - b.tick)) {
    for (const [lane, version] of footprint) {
      const before = answered.get(lane) ?? 0;
      if (!request) answered.set(lane, Math.max(before, version));
      else if (version <= before) {
        const name = `${request.type} ${request.key} of ${request.by}`;
        breach('I5', `${name} is in ${lane}:${version}, sent after ${before} was answered`);
      }
    }
  }
}

/** What was refused may still come to lanes that were not asked: they hear of it later. */
const isAccepted = ({ kept, text }: Answer): boolean => kept && !text.includes('"rejected"');

/** Of each request by its id, and of its messages between lanes by its key. */
function footprintsIn(commits: readonly Commit[]): ReadonlyMap<string, Map<string, number>> {
  const footprints = new Map<string, Map<string, number>>();
  for (const commit of commits) {
    for (const { record, events } of commandsOf(commit)) {
      const owner = ownerOf(record, events.length > 0);
      if (owner === undefined) continue;
      const footprint = footprints.get(owner) ?? new Map<string, number>();
      footprints.set(owner, footprint);
      if (!footprint.has(laneKey(commit))) footprint.set(laneKey(commit), commit.version);
    }
  }
  return footprints;
}

function ownerOf(record: CommandRecord, hasDoneSomething: boolean): string | undefined {
  const { key, trace } = record;
  if (key !== undefined) return requestId({ ...record, key });
  return beforeAnswer.has(record.type) && hasDoneSomething ? trace : undefined;
}

const nowhere: Footprint = new Map();

const footprintOf = (request: Request, footprints: ReadonlyMap<string, Footprint>): Footprint =>
  new Map([
    ...(request.context === 'inventory' ? (footprints.get(request.key) ?? nowhere) : nowhere),
    ...(footprints.get(requestId(request)) ?? nowhere),
  ]);
