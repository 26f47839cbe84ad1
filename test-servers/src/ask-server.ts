/** The least that can be asked of a server without its driver. */
import { connect, type Socket } from 'node:net';
import { type Version, versionIn } from './find-on-path.ts';

const answerTimeoutMs = 3_000;
const ports: Readonly<Record<string, number>> = {
  'nats:': 4222,
  'tls:': 4222,
  'mongodb:': 27017,
};

/** The first host of a list: `mongodb://a:1,b:2/` is no URL to the platform's parser. */
function firstAddress(url: string): { readonly host: string; readonly port: number } {
  const first = new URL(url.replace(/^([^,]*),[^/?]*/, '$1'));
  return { host: first.hostname, port: Number(first.port || (ports[first.protocol] ?? 0)) };
}

/** Ends the socket in every case. Undefined when nobody answers in time. */
function ask<Answer>(
  url: string,
  hear: (socket: Socket, answer: (value: Answer) => void) => void,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const socket = connect(firstAddress(url));
    const end = (value: Answer | undefined) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(answerTimeoutMs, () => end(undefined));
    socket.on('error', () => end(undefined));
    hear(socket, end);
  });
}

/** A `mongodb+srv` address has its hosts in the DNS: the driver says when they are not there. */
export const listens = async (url: string): Promise<boolean> =>
  url.startsWith('mongodb+srv:') ||
  (await ask<true>(url, (socket, answer) => socket.on('connect', () => answer(true)))) === true;

/**
 * The version that the server at `url` greets with.
 *
 * @throws a sentence when nothing answers, or something else than NATS
 */
export async function answersNats(url: string): Promise<Version> {
  const greeting = await ask<string>(url, (socket, answer) =>
    socket.once('data', (bytes) => answer(bytes.toString('utf8'))),
  );
  const version = greeting?.startsWith('INFO ')
    ? versionIn(/"version":"([^"]+)"/.exec(greeting)?.[1] ?? '')
    : undefined;
  if (!version) {
    throw new Error('No NATS answers at NATS_URL: start the server, or unset NATS_URL.');
  }
  return version;
}
