import { parseMinorUnits, parseMinorUnitsLiteral } from '@holdfast/schema/scalars';
import { GraphQLError, GraphQLScalarType } from 'graphql';

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

export const minorUnits = new GraphQLScalarType<number, number>({
  name: 'MinorUnits',
  serialize: parseMinorUnits,
  parseValue: parseMinorUnits,
  parseLiteral: parseMinorUnitsLiteral,
});
