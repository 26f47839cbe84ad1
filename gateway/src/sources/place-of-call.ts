/**
 * Where on the ring of lanes that lies which a call is about, as far as its variables say: whoever
 * owns that lane is asked first. A guess that is wrong costs one call between processes.
 */
import {
  homePlace,
  parseClaimId,
  parseOrderId,
  parseSku,
  placeOfId,
  placeOfKey,
  type Sku,
} from '@holdfast/schema/identifiers';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const texts = (values: readonly unknown[]): readonly string[] =>
  values.filter((value) => typeof value === 'string');

const placeOfSkus = (values: readonly unknown[]): string | undefined => {
  const skus = texts(values).flatMap((text) => parseSku(text) ?? []) as Sku[];
  return skus.length > 0 ? homePlace(skus) : undefined;
};

/** @param input of a mutation (contract.graphql), or a query's `id` */
const placesOf: Readonly<Record<string, (input: Fields, callerId: string) => string | undefined>> =
  {
    inventory({ sku, lines, reservationId, id }) {
      const [claim] = texts([reservationId, id]).flatMap((text) => parseClaimId(text) ?? []);
      if (claim) return placeOfId(claim);
      const ofLines = Array.isArray(lines) ? lines.filter(isFields).map((line) => line.sku) : [];
      return placeOfSkus([sku, ...ofLines]);
    },
    orders({ orderId, idempotencyKey, id }, callerId) {
      const [order] = texts([orderId, id]).flatMap((text) => parseOrderId(text) ?? []);
      if (order) return placeOfId(order);
      const [key] = texts([idempotencyKey]);
      return key === undefined ? undefined : placeOfKey(callerId, key);
    },
  };

/** Undefined where any process is as good, or that is not known. */
export function placeOfCall(
  subgraph: string,
  variables: Fields | undefined,
  callerId: string,
): string | undefined {
  if (variables === undefined) return undefined;
  // A look at an id is the owner's to answer; at SKUs any process's.
  const input = Object.values(variables).find(isFields) ?? { id: variables.id };
  return placesOf[subgraph]?.(input, callerId);
}
