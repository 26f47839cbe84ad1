/** What a reader hears when a lane cannot be asked just now. */
import type { SubgraphRequest } from '@holdfast/schema/subgraph';
import { GraphQLError } from 'graphql';
import { Overloaded } from './lane.ts';

/**
 * A look that the lane has no room or no owner for is told as such, and not as a failure.
 * @throws GraphQLError OVERLOADED, with `retryAfterMs`
 */
export async function orOverloaded<Value>(
  look: Promise<Value>,
  { askElsewhere }: Pick<SubgraphRequest, 'askElsewhere'>,
): Promise<Value> {
  try {
    return await look;
  } catch (failure) {
    if (!(failure instanceof Overloaded)) throw failure;
    const { message, retryAfterMs, elsewhere } = failure;
    if (elsewhere) askElsewhere?.();
    throw new GraphQLError(message, { extensions: { code: 'OVERLOADED', retryAfterMs } });
  }
}
