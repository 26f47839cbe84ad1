/** One subscription over graphql-transport-ws, as a stock client has it. */
export type LiveMessage = {
  readonly __typename: string;
  readonly cursor?: string;
} & Readonly<Record<string, unknown>>;

export type LiveSubscription = {
  /** Resolves when the socket has ended, for whatever reason. */
  readonly ended: Promise<void>;
  close(): void;
};

type Frame = {
  readonly type: string;
  readonly payload?: { readonly data?: Readonly<Record<string, LiveMessage>> };
};

/** @param hear each message of the subscription's one field */
export function subscribeLive(options: {
  readonly endpoint: string;
  readonly key: string | undefined;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly hear: (message: LiveMessage) => void;
}): LiveSubscription {
  const { endpoint, key, query, variables, hear } = options;
  const socket = new WebSocket(endpoint.replace('http', 'ws'), 'graphql-transport-ws');
  const send = (frame: object) => socket.send(JSON.stringify(frame));
  const ended = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => resolve());
    socket.addEventListener('error', () => resolve());
  });
  socket.addEventListener('open', () => {
    const payload = key === undefined ? {} : { authorization: `Bearer ${key}` };
    send({ type: 'connection_init', payload });
  });
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.type === 'connection_ack') {
      send({ type: 'subscribe', id: '1', payload: { query, variables } });
    } else if (frame.type === 'ping') send({ type: 'pong' });
    else if (frame.type === 'error') {
      throw new Error(`the subscription was refused: ${JSON.stringify(frame.payload)}`);
    } else if (frame.type === 'next') {
      for (const message of Object.values(frame.payload?.data ?? {})) hear(message);
    }
  });
  return { ended, close: () => socket.close() };
}
