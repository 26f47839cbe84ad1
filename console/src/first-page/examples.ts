import { freshUuid } from '../fresh-uuid.ts';
import { element } from './element.ts';

const copiedShownMs = 1_600;

const oneLine = (document: string) => document.replace(/\s+/g, ' ');

/** One shell line a part. No document has a single quote in it, so single quotes hold the body. */
const curl = (flags: string, path: string, body: object, ...options: readonly string[]) =>
  [
    `curl ${flags} ${location.origin}${path}`,
    ...options,
    `-H 'content-type: application/json'`,
    `-d '${JSON.stringify(body)}'`,
  ].join(' \\\n  ');

const availability = () =>
  curl('-s', '/graphql', {
    query: '{ availability(skus: ["24-WB01"]) { sku status availableToPromise asOf } }',
  });

const reserve = () =>
  curl('-s', '/graphql', {
    query: oneLine(`mutation ($input: ReserveStockInput!) {
      reserveStock(input: $input) {
        __typename
        ... on StockReserved { reservation { id expiresAt } }
        ... on Problem { code message }
      }
    }`),
    variables: {
      input: { idempotencyKey: freshUuid(), lines: [{ sku: '24-WB01', quantity: 1 }] },
    },
  });

const stream = () =>
  curl(
    '-sN',
    '/graphql/stream',
    {
      query: oneLine(`subscription {
        availabilityChanged(skus: ["24-WB01"]) {
          __typename
          ... on AvailabilitySnapshot { cursor availabilities { sku status availableToPromise } }
          ... on AvailabilityChange { cursor availability { sku status availableToPromise } }
          ... on Heartbeat { cursor asOf }
        }
      }`),
    },
    `-H 'accept: text/event-stream'`,
  );

const letCopy = (button: HTMLButtonElement, text: string) => {
  const label = element('.label', HTMLElement, button);
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    label.textContent = 'Copied';
    setTimeout(() => {
      label.textContent = 'Copy';
    }, copiedShownMs);
  });
};

/** The curl lines, with this page's own address in them. */
export const showExamples = () => {
  for (const [name, text] of Object.entries({
    availability: availability(),
    reserve: reserve(),
    stream: stream(),
  })) {
    const example = element(`[data-example="${name}"]`, HTMLElement);
    element('code', HTMLElement, example).textContent = text;
    // Browsers give no clipboard to a page that came over plain HTTP from another machine.
    if ('clipboard' in navigator) letCopy(element('.copy', HTMLButtonElement, example), text);
  }
};
