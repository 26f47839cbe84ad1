/** The connection to NATS: refused with a sentence at the start, and kept for ever afterwards. */
import { readFileSync } from 'node:fs';
import { type JetStreamClient, type JetStreamManager, jetstream } from '@nats-io/jetstream';
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type Status,
} from '@nats-io/transport-node';
import { type NatsAddress, parseNatsAddress } from './nats-address.ts';
import { checkServer, natsRefusal } from './nats-checks.jetstream.ts';

export type NatsOptions = {
  /** `NATS_URL`. */
  readonly url: string;
  /** Shown by the server's monitoring, e.g. `inventory on host-7`. */
  readonly name: string;
  /** Before the names of streams and subjects, so that installations can share a server. */
  readonly prefix?: string;
};

export type NatsLink = {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Names a stream or bucket. */
  named(name: string): string;
  /** Names a subject. */
  subject(subject: string): string;
  /** Where it leads to, without secrets. */
  readonly shown: string;
  connected(): boolean;
  /**
   * Runs a call that the client would let wait for its timeout although the connection is gone.
   * @throws Disconnected when there is no connection, or as soon as it is lost
   */
  whileConnected<Result>(call: () => Promise<Result>): Promise<Result>;
  /** Connections made after the first one. */
  reconnects(): number;
  /** Calls after each of them; what the server kept for the one before may be gone. */
  onReconnect(listener: () => void): () => void;
  close(): Promise<void>;
};

/** Whether NATS took what was sent is not known. */
export class Disconnected extends Error {
  override readonly name = 'Disconnected';
}

/** How long an answer of NATS is waited for. */
export const answerTimeoutMs = 2_000;
const connectTimeoutMs = 2_000;
/** A server that is back is found within this and the jitter. */
const reconnectWaitMs = 100;
const reconnectJitterMs = 100;
/** A connection that only seems to be there is found after two of these without an answer. */
const pingEveryMs = 700;
const pingsUnansweredMax = 2;

/** @throws NatsRefused with one sentence that names the fix */
export async function connectNats(options: NatsOptions): Promise<NatsLink> {
  const address = parseNatsAddress(options.url);
  let connection: NatsConnection;
  try {
    connection = await connect(connectionOptions(address, options.name));
  } catch (failure) {
    throw natsRefusal(address.shown, failure);
  }
  const client = jetstream(connection, { timeout: answerTimeoutMs });
  const manager = await client.jetstreamManager(false);
  try {
    await checkServer(connection, manager, address.shown);
  } catch (failure) {
    await connection.close();
    throw failure;
  }
  return linkOf({ connection, jetstream: client, manager }, options.prefix ?? '', address.shown);
}

function connectionOptions({ servers, tls, login }: NatsAddress, name: string): ConnectionOptions {
  return {
    ...{ servers: [...servers], name, timeout: connectTimeoutMs, noAsyncTraces: true },
    ...{ maxReconnectAttempts: -1, reconnectTimeWait: reconnectWaitMs },
    ...{ reconnectJitter: reconnectJitterMs, reconnectJitterTLS: reconnectJitterMs },
    ...{ pingInterval: pingEveryMs, maxPingOut: pingsUnansweredMax },
    // A server whose users are being changed refuses for a while.
    ignoreAuthErrorAbort: true,
    ...(tls ? { tls: {} } : {}),
    ...loginOptions(login),
  };
}

function loginOptions(login: NatsAddress['login']): ConnectionOptions {
  switch (login.type) {
    case 'none':
      return {};
    case 'password':
      return { user: login.user, pass: login.password };
    case 'token':
      return { token: login.token };
    case 'file':
      return { authenticator: credsAuthenticator(readFileSync(login.path)) };
  }
}

type Clients = Pick<NatsLink, 'connection' | 'jetstream' | 'manager'>;

function linkOf(clients: Clients, prefix: string, shown: string): NatsLink {
  const { connection } = clients;
  const waiting = new Set<(failure: Error) => void>();
  const listeners = new Set<() => void>();
  let connected = true;
  let reconnects = 0;
  const lose = () => {
    connected = false;
    const failed = [...waiting];
    waiting.clear();
    for (const fail of failed) fail(new Disconnected(`the connection to ${shown} was lost`));
  };
  const take = ({ type }: Status) => {
    if (type === 'disconnect' || type === 'staleConnection' || type === 'close') lose();
    if (type !== 'reconnect') return;
    connected = true;
    reconnects += 1;
    for (const listener of listeners) listener();
  };
  void (async () => {
    for await (const status of connection.status()) take(status);
    lose();
  })();
  return {
    ...{ ...clients, shown },
    named: (name) => (prefix === '' ? name : `${prefix}-${name}`),
    subject: (subject) => (prefix === '' ? subject : `${prefix}.${subject}`),
    connected: () => connected,
    reconnects: () => reconnects,
    onReconnect(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whileConnected: (call) =>
      new Promise((resolve, reject) => {
        // Not handed to the client: it would send it later, before what is sent again.
        if (!connected) return reject(new Disconnected(`there is no connection to ${shown}`));
        waiting.add(reject);
        const settled = () => waiting.delete(reject);
        call().then(resolve, reject).finally(settled);
      }),
    async close() {
      if (connection.isClosed()) return;
      // What was handed over is sent; a server that does not answer is not waited for.
      if (connected) await Promise.race([connection.drain(), connection.closed()]);
      else await connection.close();
    },
  };
}
