/** What the scenarios ask, in one place: each mutation with all that it may answer. */

export const availabilityFields = `sku channel status availableToPromise version asOf
  nextSupply { quantity availableAt }
  byLocation { location { id code name } status availableToPromise }`;

export const reservationFields = `id status channel expiresAt version
  lines { sku quantity location { code } }`;

export const orderFields = `id number status channel version placedAt total { amount currency }
  lines { id sku quantity cancelled backordered allocated shipped status
    unitPrice { amount currency } }
  history(first: 100) { nodes { id type at actor summary } pageInfo { hasNextPage endCursor } }`;

export const positionFields = `sku location { code } onHand sellable reserved allocated picked
  safetyStock shortfall availableToPromise conditions { condition quantity } version`;

const refusals = `... on Problem { code message retryable path }
  ... on Overloaded { retryAfterMs }`;
const short = `... on InsufficientStock { shortfalls { sku requested available
  nextSupply { quantity } alternatives { sku } } }`;
const notAllowed = '... on NotAllowed { reason }';
const conflict = '... on VersionConflict { currentVersion }';
const unknownSku = '... on UnknownSku { skus }';

const held = `... on StockReserved { reservation { ${reservationFields} } } ${notAllowed}`;
const stockChanged = `... on StockChanged { position { ${positionFields} } }
  ${short} ${unknownSku} ${conflict}`;
const saved = `... on MasterDataSaved { id version } ${notAllowed}`;

/** By mutation, what it may answer beside the refusals that all have. */
const answers = {
  reserveStock: `${held} ${short} ${unknownSku}`,
  extendReservation: held,
  releaseReservation: `... on ReservationReleased { reservation { ${reservationFields} } }
    ${notAllowed}`,
  receiveStock: stockChanged,
  adjustStock: stockChanged,
  countStock: stockChanged,
  moveStock: stockChanged,
  putProductClass: saved,
  putItem: saved,
  putLocation: saved,
  putChannel: saved,
  placeOrder: `... on OrderPlaced { order { ${orderFields} } } ${short} ${unknownSku}
    ${notAllowed}`,
  cancelOrder: `... on OrderCancelled { order { ${orderFields} } } ${conflict} ${notAllowed}`,
  recordPayment: `... on PaymentRecorded { order { ${orderFields} } } ${notAllowed}`,
};

export type MutationName = keyof typeof answers;
export const mutationNames = Object.keys(answers) as readonly MutationName[];

export const mutationOf = (name: MutationName): string => {
  const input = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  return `mutation ($input: ${input}!) {
    answer: ${name}(input: $input) { __typename ${answers[name]} ${refusals} } }`;
};

export const availabilityQuery = `query ($skus: [ID!]!, $channel: ID) {
  answer: availability(skus: $skus, channel: $channel) { ${availabilityFields} } }`;
export const positionsQuery = `query ($sku: ID!) {
  answer: stockPositions(sku: $sku) { ${positionFields} } }`;
export const movementsQuery = `query ($sku: ID!) {
  answer: stockMovements(sku: $sku, first: 100) { nodes { id type quantity cause actor } } }`;
export const reservationQuery = `query ($id: ID!) {
  answer: reservation(id: $id) { ${reservationFields} } }`;
export const orderQuery = `query ($id: ID!) { answer: order(id: $id) { ${orderFields} } }`;

export const availabilityChanged = `subscription ($skus: [ID!]!, $after: String) {
  message: availabilityChanged(skus: $skus, after: $after) { __typename
    ... on AvailabilitySnapshot { complete cursor availabilities { ${availabilityFields} } }
    ... on AvailabilityChange { cursor availability { ${availabilityFields} } }
    ... on Heartbeat { asOf cursor }
    ... on Reset { reason } } }`;
export const orderChanged = `subscription ($orderId: ID!, $after: String) {
  message: orderChanged(orderId: $orderId, after: $after) { __typename
    ... on OrderSnapshot { cursor order { ${orderFields} } }
    ... on OrderChange { cursor event { id type actor } order { id status version } }
    ... on Heartbeat { asOf cursor }
    ... on Reset { reason } } }`;
