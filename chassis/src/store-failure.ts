/** The store cannot be used; `message` is one sentence that names the fix. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}
