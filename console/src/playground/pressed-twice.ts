/** What the comments of each mutation say of its idempotency key. */
export const pressedTwice = `# Press play twice: the idempotencyKey stays the
# same, so the second press hears the first
# answer and changes nothing. The key button on
# the right makes a fresh one.`;
