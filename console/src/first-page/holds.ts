import { graphqlUrl } from '../endpoint.ts';
import { freshUuid } from '../fresh-uuid.ts';

/** A reservation of this browser tab: one SKU. */
export interface Hold {
  readonly reservationId: string;
  readonly units: number;
  readonly expiresAt: string;
}

type Answer =
  | { readonly status: 'held'; readonly hold: Hold }
  | { readonly status: 'refused'; readonly message: string };

const reserveStock = /* GraphQL */ `
  mutation HoldOne($input: ReserveStockInput!) {
    reserveStock(input: $input) {
      ... on StockReserved { reservation { id expiresAt lines { quantity } } }
      ... on Problem { message }
    }
  }
`;

const releaseReservation = /* GraphQL */ `
  mutation GiveBack($input: ReleaseReservationInput!) {
    releaseReservation(input: $input) { __typename ... on Problem { message } }
  }
`;

interface Reserved {
  readonly reserveStock: {
    readonly message?: string;
    readonly reservation?: {
      readonly id: string;
      readonly expiresAt: string;
      readonly lines: readonly { readonly quantity: number }[];
    };
  };
}

/** @throws in words when no answer came, or only top-level errors */
const mutate = async <Data>(query: string, input: object): Promise<Data> => {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  }).catch((cause: unknown) => {
    throw new Error('No answer from the gateway. Press again.', { cause });
  });
  const { data, errors } = await response.json();
  if (!data) throw new Error(errors?.[0]?.message ?? 'The gateway answered without data.');
  return data;
};

const buyerName = 'holdfast.buyer';
const holdName = (sku: string) => `holdfast.hold.${sku}`;

/** The session's secret. A new hold of the same buyer on the same SKU replaces the one before. */
const buyer = () => {
  const known = sessionStorage.getItem(buyerName);
  if (known !== null) return known;
  const secret = freshUuid();
  sessionStorage.setItem(buyerName, secret);
  return secret;
};

/**
 * What this tab holds of the SKU, also after a reload; undefined when nothing, or when the hold has
 * run out.
 */
export const holdOf = (sku: string): Hold | undefined => {
  const stored = sessionStorage.getItem(holdName(sku));
  if (stored === null) return undefined;
  const hold: Hold = JSON.parse(stored);
  return Date.parse(hold.expiresAt) > Date.now() ? hold : undefined;
};

export const holdOneMore = async (sku: string): Promise<Answer> => {
  const quantity = (holdOf(sku)?.units ?? 0) + 1;
  const { reserveStock: answer } = await mutate<Reserved>(reserveStock, {
    idempotencyKey: freshUuid(),
    buyer: buyer(),
    lines: [{ sku, quantity }],
  });
  if (!answer.reservation) return { status: 'refused', message: answer.message ?? 'Refused.' };
  const { id, expiresAt, lines } = answer.reservation;
  const units = lines.reduce((sum, line) => sum + line.quantity, 0);
  const hold = { reservationId: id, units, expiresAt };
  sessionStorage.setItem(holdName(sku), JSON.stringify(hold));
  return { status: 'held', hold };
};

/** A refusal means that the hold has ended already, so it is forgotten in every case. */
export const giveBack = async (sku: string) => {
  const hold = holdOf(sku);
  if (hold) {
    const input = { idempotencyKey: freshUuid(), reservationId: hold.reservationId };
    await mutate(releaseReservation, input);
  }
  sessionStorage.removeItem(holdName(sku));
};
