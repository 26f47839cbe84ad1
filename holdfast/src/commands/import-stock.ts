export async function importStock(_: readonly string[], __: { dryRun: boolean; location: string | undefined }): Promise<number> { return 0; }
