/**
 * Where this page's own gateway answers. Both pages are served by it, so that nothing needs to be
 * configured.
 */
export const graphqlUrl = '/graphql';

export const socketUrl = () => {
  const url = new URL(graphqlUrl, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
};

/** A ping this long after the last pong, so that proxies do not close a quiet socket. */
export const keepAliveMs = 12_000;
