/** A request that changes stock, asked again while the system has too much to do. */
import { setTimeout as pause } from 'node:timers/promises';
import type { HttpConnection } from '../http-connection.ts';

const triesMax = 20;
const askAgainMs = 250;

type Answers = Readonly<Record<string, { readonly __typename: string }>>;

/**
 * @param changes that the request makes, each with a key of its own
 * @throws Error when any of them is refused for another reason, or time and again
 */
export async function askUntilChanged(
  connection: HttpConnection,
  body: string,
  changes: number,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { text } = await connection.post(body);
    const { data } = JSON.parse(text) as { readonly data?: Answers | null };
    const answers = Object.values(data ?? {});
    const changed = answers.filter(({ __typename }) => __typename === 'StockChanged');
    if (changed.length === changes) return;
    const isOverloaded = /"(OVERLOADED|Overloaded)"/.test(text);
    if (!isOverloaded || tries === triesMax) throw new Error(`a change was refused: ${text}`);
    await pause(askAgainMs);
  }
}
