/**
 * What clients heard, against the log: one answer, one effect, in the order in which it was given.
 */
import type { Commit } from '@holdfast/chassis/commit';
import { type Answer, type Request, requestId } from '../requests.ts';
import { commandsOf, type LoggedCommand } from './audit-log.ts';
import type { Breach } from './stock-law.ts';

const reused = 'IdempotencyKeyReused';

export function auditAnswers(
  requests: readonly Request[],
  commits: readonly Commit[],
  breach: Breach,
  note: (state: string) => void,
): void {
  const logged = new Map<string, LoggedCommand>();
  for (const command of commits.flatMap(commandsOf)) {
    const { record } = command;
    if (record.key === undefined) continue;
    const id = requestId({ ...record, key: record.key });
    if (logged.has(id))
      breach('I4', `${record.type} ${record.key} of ${record.by} has two effects`);
    logged.set(id, command);
  }
  const first = new Map<string, Request>();
  for (const request of requests) {
    checkFreshness(request, breach);
    const id = requestId(request);
    const original = first.get(id);
    if (original) checkReuse(request, breach, note);
    else {
      first.set(id, request);
      checkOne(request, logged.get(id), breach);
    }
  }
  checkRealTime([...first.values()], logged, breach);
}

const kept = (request: Request): readonly Answer[] =>
  request.answers.filter((answer) => answer.kept);
const nameOf = ({ type, key, by }: Request): string => `${type} ${key} of ${by}`;

/**
 * Who was asked after a version had been heard of must not answer as of an earlier one, also where
 * nothing was decided.
 */
export function checkFreshness(request: Request, breach: Breach): void {
  for (const { text, version, atLeast } of request.answers) {
    if (version === undefined || version >= atLeast) continue;
    const told = `${nameOf(request)} was answered ${text} as of ${version}`;
    breach('I5', `${told}, after ${atLeast} had been heard of`);
  }
}

/** Another content under a key that is spent. */
function checkReuse(request: Request, breach: Breach, note: (state: string) => void): void {
  for (const { text } of kept(request)) {
    if (!text.includes(reused)) breach('I4', `${nameOf(request)} came with other content: ${text}`);
    else note('key reused and refused');
  }
}

function checkOne(request: Request, logged: LoggedCommand | undefined, breach: Breach) {
  const answers = kept(request);
  const [one] = answers;
  if (!one) return;
  const name = nameOf(request);
  if (!logged?.outcome)
    return breach('I4', `${name} was answered ${one.text} and is not in the log`);
  const { outcome } = logged;
  for (const { text, version } of answers) {
    if (version !== undefined && version < logged.version) {
      breach('I4', `${name} of version ${logged.version} was answered as of ${version}`);
    }
    if (text.includes(reused)) breach('I4', `${name} was taken for another request`);
    const right = request.context === 'inventory' ? JSON.stringify(outcome) : text;
    if (text !== right) breach('I4', `${name} was answered ${text}, its outcome is ${right}`);
  }
  if (request.context === 'orders')
    checkOrderAnswers(name, answers, JSON.stringify(outcome), breach);
}

/**
 * An order's answer shows the order as it is by then; whose order, and whether it was taken,
 * stays.
 */
function checkOrderAnswers(
  name: string,
  answers: readonly Answer[],
  outcome: string,
  breach: Breach,
): void {
  for (const { text } of answers) {
    const [type = '', order = ''] = text.split(' ');
    if (order !== '' && !outcome.includes(order))
      breach('I4', `${name} was answered ${text}, not ${outcome}`);
    const isRefusal = order === '';
    if (isRefusal && name.startsWith('PlaceOrder')) continue;
    if (isRefusal !== outcome.includes('"rejected"') || (isRefusal && !outcome.includes(type))) {
      breach('I4', `${name} was answered ${text}, its outcome is ${outcome}`);
    }
  }
}

/**
 * The witness: an answer that was heard before a command was sent is older in the log (RELIABILITY
 * 1.5).
 */
function checkRealTime(
  requests: readonly Request[],
  logged: ReadonlyMap<string, LoggedCommand>,
  breach: Breach,
): void {
  for (const context of ['inventory', 'orders'] as const) {
    const events: {
      readonly tick: number;
      readonly version: number;
      readonly request?: Request;
    }[] = [];
    for (const request of requests) {
      if (request.context !== context) continue;
      const version = logged.get(requestId(request))?.version;
      if (version === undefined) continue;
      events.push({ tick: request.sentAt, version, request });
      const [answer] = kept(request);
      if (answer) events.push({ tick: answer.heardAt, version });
    }
    let answered = 0;
    for (const { version, request } of events.sort((a, b) => a.tick - b.tick)) {
      if (!request) answered = Math.max(answered, version);
      else if (version <= answered) {
        breach(
          'I5',
          `${nameOf(request)} is in version ${version}, sent after ${answered} was answered`,
        );
      }
    }
  }
}
