/** Where the gateway tells what its operators should know; one line a call. */
export type Logger = {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
};
