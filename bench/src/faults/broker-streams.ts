import type { StreamSettings } from '@holdfast/chassis/nats/streams.jetstream';

const mebibyte = 1024 * 1024;

/** Room for everything that a measurement sends. */
export const brokerStreams: StreamSettings = {
  replicas: 1,
  bytesMax: { RAW: mebibyte, LOG: 1_024 * mebibyte, EVT: mebibyte, DLQ: mebibyte },
};
