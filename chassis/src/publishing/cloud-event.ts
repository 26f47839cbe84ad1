/**
 * What others hear of us, in their form;
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
import { hash } from 'node:crypto';
import type { EventCauses } from '@holdfast/schema/event-causes';

/** Structured JSON of CloudEvents 1.0. */
export type CloudEvent = {
  readonly specversion: '1.0';
  /** The same on every repeat. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** What it happened to. */
  readonly subject: string;
  /** RFC 3339. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: object;
} & EventCauses;

/**
 * With `datahash`, the SHA-256 of the text that `data` has here: who has seen the id before tells a
 * repeat, with the same hash, from something else under its name.
 */
export function encodeCloudEvent({ data, ...attributes }: CloudEvent): string {
  const text = JSON.stringify(data);
  const datahash = hash('sha256', text, 'base64url');
  return `${JSON.stringify({ ...attributes, datahash }).slice(0, -1)},"data":${text}}`;
}
