/**
 * The command door over NATS: requests on `cmd.<context>.<lane>`, answered by one of those who
 * serve it. Nothing is kept, so JetStream itself has no part in it. Requests and replies are
 * signed: whoever reaches the broker could send them.
 */
import {
  headers,
  type Msg,
  type MsgHdrs,
  RequestError,
  type Subscription,
} from '@nats-io/transport-node';
import type { Clock } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import type { NatsLink } from '../nats/nats-connection.jetstream.ts';
import {
  type CommandDoor,
  doorBytesMax,
  servedMax as servedMaxDefault,
  UnansweredRequest,
} from './command-door.ts';
import { type MessageSigner, messageSigner, type Signature } from './signed-message.ts';

export type NatsDoorOptions = {
  readonly link: NatsLink;
  readonly clock: Clock;
  /** `HOLDFAST_SECRET`. */
  readonly secret: string;
  readonly servedMax?: number;
};

export type NatsDoor = CommandDoor & {
  figures(): {
    /** Being answered now. */
    readonly serving: number;
    /** Requests and replies that we did not sign, or too long ago. */
    readonly dropped: number;
  };
};

type State = {
  readonly link: NatsLink;
  readonly signer: MessageSigner;
  readonly servedMax: number;
  serving: number;
  dropped: number;
};

/** How a request ended at who serves. */
type Ending = 'answered' | 'busy' | 'too-long' | 'failed';

const atHeader = 'Holdfast-At';
const hmacHeader = 'Holdfast-Signature';
const endingHeader = 'Holdfast-Ending';
/** Those who serve a lane share its requests. */
const queue = 'serving';

export function natsDoor(options: NatsDoorOptions): NatsDoor {
  const { link, clock, secret, servedMax = servedMaxDefault } = options;
  const signer = messageSigner(secret, clock);
  const state: State = { link, signer, servedMax, serving: 0, dropped: 0 };
  return {
    serve(lane, answer) {
      const subscription: Subscription = link.connection.subscribe(subjectOf(link, lane), {
        queue,
        callback: (failure, message) => {
          if (!failure) void reply(state, message, answer);
        },
      });
      return () => subscription.unsubscribe();
    },
    ask: (lane, request, timeoutMs) => ask(state, subjectOf(link, lane), request, timeoutMs),
    figures: () => ({ serving: state.serving, dropped: state.dropped }),
  };
}

const subjectOf = (link: NatsLink, { context, lane }: LaneId) =>
  link.subject(`cmd.${context}.${String(lane).padStart(2, '0')}`);

const requestAbout = (subject: string) => `request ${subject}`;
/** A reply is to one request: to what it asked, and to the inbox that was made for it alone. */
const replyAbout = (request: Partial<Signature>, inbox: string | undefined, ending: string) =>
  `reply ${ending} ${inbox} ${request.hmac}`;

function signedHeaders({ at, hmac }: Signature): MsgHdrs {
  const signed = headers();
  signed.set(atHeader, String(at));
  signed.set(hmacHeader, hmac);
  return signed;
}

function signatureOf({ headers: signed }: Msg): Partial<Signature> {
  const at = signed?.get(atHeader);
  const hmac = signed?.get(hmacHeader);
  return at && hmac ? { at: Number(at), hmac } : {};
}

async function reply(
  state: State,
  message: Msg,
  answer: (request: Uint8Array) => Promise<Uint8Array>,
): Promise<void> {
  const { signer } = state;
  const signature = signatureOf(message);
  if (!signer.verifies(requestAbout(message.subject), message.data, signature)) {
    state.dropped += 1;
    return;
  }
  const { ending, body } = await endingOf(state, () => answer(message.data));
  const signed = signedHeaders(signer.sign(replyAbout(signature, message.reply, ending), body));
  signed.set(endingHeader, ending);
  // Who asked hears nothing when the connection is gone, and asks again.
  if (state.link.connected()) message.respond(body, { headers: signed });
}

type Ended = { readonly ending: Ending; readonly body: Uint8Array };

async function endingOf(state: State, answer: () => Promise<Uint8Array>): Promise<Ended> {
  const without = (ending: Ending) => ({ ending, body: new Uint8Array() });
  if (state.serving >= state.servedMax) return without('busy');
  state.serving += 1;
  try {
    const body = await answer();
    return body.length > doorBytesMax ? without('too-long') : { ending: 'answered', body };
  } catch {
    // It must not throw. Who asked hears that it did, and looks at what became of the request.
    return without('failed');
  } finally {
    state.serving -= 1;
  }
}

async function ask(
  state: State,
  subject: string,
  request: Uint8Array,
  timeoutMs: number,
): Promise<Uint8Array | 'nobody' | 'away'> {
  const { link, signer } = state;
  if (request.length > doorBytesMax) {
    throw new Error(`a request to a lane is longer than ${doorBytesMax} bytes`);
  }
  if (!link.connected()) return 'away';
  const signature = signer.sign(requestAbout(subject), request);
  const asked = { timeout: timeoutMs, headers: signedHeaders(signature) };
  let message: Msg;
  try {
    message = await link.whileConnected(() => link.connection.request(subject, request, asked));
  } catch (failure) {
    if (failure instanceof RequestError && failure.isNoResponders()) return 'nobody';
    throw new UnansweredRequest(`no reply on ${subject}: ${String(failure)}`, { cause: failure });
  }
  return replyIn(state, message, signature);
}

function replyIn(state: State, message: Msg, request: Signature): Uint8Array {
  const ending = message.headers?.get(endingHeader) ?? '';
  const about = replyAbout(request, message.subject, ending);
  if (!state.signer.verifies(about, message.data, signatureOf(message))) {
    state.dropped += 1;
    throw new UnansweredRequest('the reply is not signed by one of us');
  }
  if (ending === 'answered') return message.data;
  throw new UnansweredRequest(`who serves the lane did not answer: ${ending}`);
}
