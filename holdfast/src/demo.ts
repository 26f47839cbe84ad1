import type { Embedded } from './embedded.ts';
export async function importDemo(_: Embedded): Promise<number> { return 0; }
