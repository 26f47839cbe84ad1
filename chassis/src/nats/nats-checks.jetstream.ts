/** What NATS must be before we use it, and what is said when it is not. */
import type { JetStreamManager } from '@nats-io/jetstream';
import {
  AuthorizationError,
  type NatsConnection,
  PermissionViolationError,
} from '@nats-io/transport-node';
import { isCode, isStreamGone } from './jetstream-failures.jetstream.ts';

/** NATS cannot be used as it is; the message is one sentence that names the fix. */
export class NatsRefused extends Error {
  override readonly name = 'NatsRefused';
}

/** The first with rows that end by themselves and tell of it; older ones ignore the wish. */
const versionMin = [2, 11, 0] as const;
/** What 2.11 calls its abilities. */
const apiLevelMin = 1;
/** A commit has up to 256 KiB and more when one command decides much. */
const payloadBytesMin = 1024 * 1024;

export function natsRefusal(shown: string, failure: unknown): NatsRefused {
  const cause = failure instanceof Error ? failure : undefined;
  if (isOfLogin(failure)) {
    const message = `NATS at ${shown} refuses the login: correct user and password in NATS_URL.`;
    return new NatsRefused(message, { cause });
  }
  const why = cause?.message ? ` (${cause.message})` : '';
  const message = `NATS does not answer at ${shown}${why}: start it there, or correct NATS_URL.`;
  return new NatsRefused(message, { cause });
}

const isOfLogin = (failure: unknown): boolean =>
  failure instanceof AuthorizationError ||
  (failure instanceof Error && failure.cause instanceof AuthorizationError);

/** @throws NatsRefused */
export async function checkServer(
  connection: NatsConnection,
  manager: JetStreamManager,
  shown: string,
): Promise<void> {
  const { version = '0', jetstream, max_payload: payloadBytes = 0 } = connection.info ?? {};
  if (isOlder(version)) {
    throw new NatsRefused(
      `NATS at ${shown} is version ${version}: upgrade it to ${versionMin.join('.')} or newer.`,
    );
  }
  if (jetstream !== true) {
    throw new NatsRefused(
      `JetStream is off at ${shown}: add a jetstream block with store_dir to its configuration.`,
    );
  }
  if (payloadBytes < payloadBytesMin) {
    throw new NatsRefused(
      `NATS at ${shown} takes messages of ${payloadBytes} bytes only: ` +
        `set max_payload to ${payloadBytesMin} or more.`,
    );
  }
  await checkAccount(manager, shown);
}

function isOlder(version: string): boolean {
  const numbers = version.split(/[.-]/).map(Number);
  for (const [at, least] of versionMin.entries()) {
    const number = numbers[at] ?? 0;
    if (number !== least) return !(number > least);
  }
  return false;
}

const notEnabledForAccount = 10_039;

async function checkAccount(manager: JetStreamManager, shown: string): Promise<void> {
  let level: number;
  try {
    const { api } = await manager.getAccountInfo();
    level = (api as { readonly level?: number }).level ?? 0;
  } catch (failure) {
    throw accountRefusal(shown, failure);
  }
  if (level >= apiLevelMin) return;
  throw new NatsRefused(
    `JetStream at ${shown} has API level ${level}: upgrade all servers of the cluster ` +
      `to ${versionMin.join('.')} or newer.`,
  );
}

function accountRefusal(shown: string, failure: unknown): NatsRefused {
  const cause = failure instanceof Error ? failure : undefined;
  const refused = (message: string) => new NatsRefused(message, { cause });
  if (isCode(failure, notEnabledForAccount) || isStreamGone(failure)) {
    return refused(
      `JetStream is off for the account of NATS_URL at ${shown}: ` +
        'enable it for that account, or use another one.',
    );
  }
  if (isOfPermission(cause) || isOfPermission(cause?.cause)) {
    return refused(
      `The login of NATS_URL may not use JetStream at ${shown}: ` +
        'allow it to publish to $JS.API.> and $JS.ACK.>.',
    );
  }
  return refused(
    `JetStream does not answer at ${shown} (${cause?.message}): ` +
      'see whether most servers of the cluster run.',
  );
}

const isOfPermission = (failure: unknown): boolean => failure instanceof PermissionViolationError;
