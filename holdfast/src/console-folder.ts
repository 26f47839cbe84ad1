import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the built console is; undefined: a bare first page. */
export const consoleFolder = (): string | undefined => {
  const folder = fileURLToPath(new URL('../../console/dist', import.meta.url));
  return existsSync(folder) ? folder : undefined;
};
