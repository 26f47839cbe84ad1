/** Where NATS is and who we are there, read from `NATS_URL`; what is shown names no secret. */

export type NatsAddress = {
  /** `host:port` of each server. */
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly login:
    | { readonly type: 'none' }
    | { readonly type: 'password'; readonly user: string; readonly password: string }
    | { readonly type: 'token'; readonly token: string }
    /** A file of credentials, as `nsc` writes it. */
    | { readonly type: 'file'; readonly path: string };
  /** For messages. */
  readonly shown: string;
};

const portDefault = '4222';
const serversMax = 16;
const form = 'nats://USER:PASSWORD@HOST:PORT, with more servers after commas';

/** The address cannot be used; the message is one sentence that names the fix. */
export class BadNatsAddress extends Error {
  override readonly name = 'BadNatsAddress';
}

/** @throws BadNatsAddress which never repeats what it was given: that may hold a password */
export function parseNatsAddress(text: string): NatsAddress {
  const urls = text.split(',').map((part) => urlOf(part.trim()));
  const [first] = urls;
  if (!first || urls.length > serversMax) {
    throw new BadNatsAddress(`NATS_URL names 1 to ${serversMax} servers, as in ${form}.`);
  }
  if (urls.some(({ protocol }) => protocol !== first.protocol)) {
    throw new BadNatsAddress('NATS_URL mixes nats:// and tls://: use one of them for all servers.');
  }
  const logins = new Set(
    urls.flatMap(({ username, password, searchParams }) => {
      const login = JSON.stringify([username, password, searchParams.get('creds')]);
      return login === '["","",null]' ? [] : login;
    }),
  );
  if (logins.size > 1) {
    throw new BadNatsAddress('NATS_URL gives servers different logins: give the same one to all.');
  }
  const servers = urls.map(({ hostname, port }) => `${hostname}:${port || portDefault}`);
  const withLogin = urls.find(
    ({ username, searchParams }) => username || searchParams.has('creds'),
  );
  const shown = `nats://${servers.join(',')}`;
  return { servers, tls: first.protocol === 'tls:', login: loginOf(withLogin ?? first), shown };
}

function urlOf(part: string): URL {
  const url = URL.parse(part.includes('://') ? part : `nats://${part}`);
  if (!url || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
    throw new BadNatsAddress(`NATS_URL is not an address of NATS: write it as ${form}.`);
  }
  return url;
}

function loginOf({ username, password, searchParams }: URL): NatsAddress['login'] {
  const path = searchParams.get('creds');
  if (path) return { type: 'file', path };
  if (username === '') return { type: 'none' };
  const decoded = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw new BadNatsAddress('NATS_URL has a % in its login that is no escape: write it as %25.');
    }
  };
  if (password === '') return { type: 'token', token: decoded(username) };
  return { type: 'password', user: decoded(username), password: decoded(password) };
}
