import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** Inside, a moment is milliseconds since 1970. */
export const dateTime = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  serialize: (value) => new Date(Number(value)).toISOString(),
  parseValue(value) {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(at)) throw new GraphQLError('DateTime must be RFC 3339');
    return at;
  },
});

function minorUnitsOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new GraphQLError('MinorUnits must be a whole number below 2^53');
}

export const minorUnits = new GraphQLScalarType<number, number>({
  name: 'MinorUnits',
  serialize: minorUnitsOf,
  parseValue: minorUnitsOf,
  parseLiteral: (literal) =>
    minorUnitsOf(literal.kind === Kind.INT ? Number(literal.value) : undefined),
});
