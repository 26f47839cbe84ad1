/** The operations that the load sends: as a storefront or a partner would write them. */
const problem = '... on Problem { code message retryable }';
const shortfalls = '... on InsufficientStock { shortfalls { sku requested available } }';
const reservation = 'reservation { id status expiresAt lines { sku quantity } }';
const order = 'order { id number status version }';

export const reserveStock = `mutation Reserve($input: ReserveStockInput!) {
  answer: reserveStock(input: $input) {
    __typename ... on StockReserved { ${reservation} } ${shortfalls} ${problem} } }`;

export const placeOrder = `mutation Place($input: PlaceOrderInput!) {
  answer: placeOrder(input: $input) {
    __typename ... on OrderPlaced { ${order} } ${shortfalls} ${problem} } }`;

export const cancelOrder = `mutation Cancel($input: CancelOrderInput!) {
  answer: cancelOrder(input: $input) {
    __typename ... on OrderCancelled { ${order} } ${problem} } }`;

const changed = `__typename ... on StockChanged { position { sku onHand version } } ${problem}`;

export const receiveStock = `mutation Receive($input: ReceiveStockInput!) {
  answer: receiveStock(input: $input) { ${changed} } }`;

/** So many receipts of `i0`, `i1` and so on, one after the other: as a warehouse books them. */
export const receiveStocks = (count: number): string => {
  const all = Array.from({ length: count }, (_, at) => at);
  const inputs = all.map((at) => `$i${at}: ReceiveStockInput!`);
  const fields = all.map((at) => `a${at}: receiveStock(input: $i${at}) { ${changed} }`);
  return `mutation Receive(${inputs.join(', ')}) { ${fields.join(' ')} }`;
};

export const countStock = `mutation Count($input: CountStockInput!) {
  answer: countStock(input: $input) { __typename ${problem} } }`;

export const putItem = `mutation PutItem($input: PutItemInput!) {
  answer: putItem(input: $input) { __typename ${problem} } }`;

export const putLocation = `mutation PutLocation($input: PutLocationInput!) {
  answer: putLocation(input: $input) { __typename ${problem} } }`;

export const putProductClass = `mutation PutClass($input: PutProductClassInput!) {
  answer: putProductClass(input: $input) { __typename ${problem} } }`;

export const availability = `query Availability($skus: [ID!]!) {
  availability(skus: $skus) { sku status availableToPromise version asOf } }`;

export const positions = `query Positions($sku: ID!) {
  stockPositions(sku: $sku) { onHand sellable reserved allocated shortfall availableToPromise } }`;

export const reservationById = `query Reservation($id: ID!) {
  reservation(id: $id) { id status lines { sku quantity } } }`;

export const orderById = `query Order($id: ID!) {
  order(id: $id) { id number status version lines { sku allocated cancelled }
    history(first: 100) { nodes { id type } } } }`;

export const availabilityChanged = `subscription Badge($skus: [ID!]!, $after: String) {
  availabilityChanged(skus: $skus, after: $after) { __typename
    ... on AvailabilitySnapshot {
      availabilities { sku availableToPromise version } complete cursor }
    ... on AvailabilityChange { availability { sku availableToPromise version asOf } cursor }
    ... on Heartbeat { cursor }
    ... on Reset { reason } } }`;

export const orderChanged = `subscription OrderChanged($orderId: ID!, $after: String) {
  orderChanged(orderId: $orderId, after: $after) { __typename
    ... on OrderSnapshot { order { id version history(first: 100) { nodes { id type } } } cursor }
    ... on OrderChange { order { id version } event { id type } cursor }
    ... on Heartbeat { cursor }
    ... on Reset { reason } } }`;
