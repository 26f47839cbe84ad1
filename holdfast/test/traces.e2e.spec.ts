import { type EndedSpan, rememberedTracing } from '@holdfast/chassis/tracing/tracing.opentelemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGatewayHere } from '../src/gateway-here.ts';
import { readSettings } from '../src/settings.ts';
import { type Running, startEmbedded } from '../src/start-embedded.ts';

const tracing = rememberedTracing();
let system: Running;

beforeAll(async () => {
  const settings = readSettings({ PORT: '0', HOLDFAST_DATA: 'memory' });
  if (settings.topology !== 'embedded') throw new Error('no server was named');
  system = await startEmbedded(settings, { tracing, openGateway: openGatewayHere });
});
afterAll(() => system.close());

const ask = async (query: string, headers: Readonly<Record<string, string>> = {}) => {
  const response = await fetch(`${system.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as {
    readonly data?: Record<string, { readonly __typename: string }>;
    readonly errors?: readonly { readonly extensions: { readonly traceId: string } }[];
  };
};

const buyer = '0123456789abcdef';
const reserve = (key: string, sku = '24-WB01') => `mutation {
  reserveStock(input: {
    idempotencyKey: "${key}", buyer: "${buyer}", lines: [{ sku: "${sku}", quantity: 1 }]
  }) { __typename }
}`;

const spansOf = (traceId: string): readonly EndedSpan[] =>
  tracing.ended().filter((span) => span.traceId === traceId);

/** `name` or `name consumer`, each under the name of what it is a part of. */
function treeOf(spans: readonly EndedSpan[]): readonly string[] {
  const names = new Map(spans.map((span) => [span.spanId, span.name]));
  const paths = spans.map((span) => {
    const consumer = span.facts['messaging.consumer.group.name'];
    const parent = names.get(span.parentSpanId ?? '') ?? 'outside';
    return `${parent} > ${[span.name, consumer].filter(Boolean).join(' ')}`;
  });
  return [...new Set(paths)].sort();
}

const outside = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${outside}-00f067aa0ba902b7-01`;

describe('a trace', () => {
  it('leads from the request over commit and bus to the projections', async () => {
    const { data } = await ask(reserve('traced-1'), { traceparent });
    expect(data?.reserveStock?.__typename).toBe('StockReserved');

    await expect
      .poll(() => treeOf(spansOf(outside)).filter((path) => !path.includes(' > follow ')))
      .toEqual([
        'POST /graphql > graphql mutation',
        'POST /graphql > plan',
        'command ReserveStock > commit',
        'command ReserveStock > project availability',
        'command ReserveStock > project movements',
        'command ReserveStock > project orders.inventory-facts',
        'command ReserveStock > publish',
        'fetch > command ReserveStock',
        'graphql mutation > fetch',
        'outside > POST /graphql',
      ]);
    expect(treeOf(spansOf(outside))).toContain(
      'command ReserveStock > follow policy:note-inventory-facts',
    );
  });

  it('leads through every step of an order, in both contexts', async () => {
    const { data } = await ask(
      `mutation { placeOrder(input: {
        idempotencyKey: "traced-2", customer: { email: "ada@example.org" },
        lines: [{ sku: "24-WB01", quantity: 1, unitPrice: { amount: 100, currency: "EUR" } }]
      }) { __typename } }`,
      { traceparent: traceparent.replace('4bf9', '4bfa') },
    );
    expect(data?.placeOrder?.__typename).toBe('OrderPlaced');
    const tree = () => treeOf(spansOf(outside.replace('4bf9', '4bfa')));
    await expect.poll(tree).toContain('command NoteFact > project orders.order-numbers');
    expect(tree()).toEqual(
      expect.arrayContaining([
        'command PlaceOrder > commit',
        'command PlaceOrder > follow inventory.serve-orders',
        'follow > command AllocateStock',
        'command AllocateStock > commit',
        'command AllocateStock > follow policy:note-inventory-facts',
        'follow > command NoteFact',
        'command NoteFact > commit',
      ]),
    );
  });

  it('is looked up by the id that an error names', async () => {
    const { errors } = await ask('{ nothing }');
    const traceId = errors?.[0]?.extensions.traceId ?? '';
    expect(spansOf(traceId).map(({ name }) => name)).toContain('POST /graphql');
  });
});
