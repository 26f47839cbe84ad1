import { element } from './element.ts';

const askAgainMs = 10_000;
const answerWithinMs = 5_000;

type Health = 'ready' | 'not-ready' | 'no-answer';

const reasonIn = (body: unknown) =>
  typeof body === 'object' && body !== null && 'reason' in body && typeof body.reason === 'string'
    ? body.reason
    : undefined;

const ask = async (): Promise<{ readonly health: Health; readonly text: string }> => {
  try {
    const answer = await fetch('/readyz', { signal: AbortSignal.timeout(answerWithinMs) });
    if (answer.ok) return { health: 'ready', text: 'Ready' };
    const reason = reasonIn(await answer.json().catch(() => undefined));
    return { health: 'not-ready', text: reason ? `Not ready: ${reason}` : 'Not ready' };
  } catch {
    return { health: 'no-answer', text: 'No answer from /readyz' };
  }
};

/** Keeps the dot in the page's head true, while somebody looks. */
export const watchHealth = () => {
  const link = element('#health', HTMLAnchorElement);
  const words = element('#health-text', HTMLElement);
  const look = async () => {
    if (document.hidden) return;
    const { health, text } = await ask();
    link.dataset.health = health;
    if (words.textContent !== text) words.textContent = text; // said aloud only when it changes
  };
  void look();
  setInterval(look, askAgainMs);
  document.addEventListener('visibilitychange', look);
};
