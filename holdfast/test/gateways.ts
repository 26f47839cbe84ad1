/** The doors of one system, taken in turn by all its callers, as a load balancer does. */

export type Gateways = {
  /** The URL of the one whose turn it is. */
  next(): string;
  /** What a request says so that its answer includes what any caller was answered before. */
  after(): Readonly<Record<string, string>>;
  /** Notes the cursor of a mutation's answer. */
  answered(text: string): void;
};

const cursorIn = /"extensions":\{"cursor":"([^"]+)"\}\}\s*$/;

export function gatewaysAt(urls: readonly string[]): Gateways {
  let turns = 0;
  let cursor: string | undefined;
  return {
    next() {
      const url = urls[turns % urls.length];
      turns += 1;
      if (url === undefined) throw new Error('a system has a gateway');
      return url;
    },
    after: () => (cursor === undefined ? {} : { 'holdfast-after': cursor }),
    answered(text) {
      cursor = cursorIn.exec(text)?.[1] ?? cursor;
    },
  };
}
