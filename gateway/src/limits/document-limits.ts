/** The limits that need nothing but the document (INTERFACE "Error codes"). */
import {
  type DocumentNode,
  type GraphQLError,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  Source,
  TokenKind,
  visit,
} from 'graphql';
import { type ErrorCode, refusal } from '../errors/error-codes.ts';
import type { Limits } from './limits.ts';
import { fieldsOf, fragmentsOf, measure } from './selections.ts';

/** True as soon as there is one token too many; a text that cannot be read ends the count. */
export const hasTooManyTokens = (source: string, tokensMax: number): boolean => {
  const lexer = new Lexer(new Source(source));
  try {
    for (let tokens = 0; tokens <= tokensMax; tokens += 1) {
      if (lexer.advance().kind === TokenKind.EOF) return false;
    }
    return true;
  } catch {
    return false; // Not GraphQL: the parser says where.
  }
};

const countMarks = (document: DocumentNode): { aliases: number; directives: number } => {
  let aliases = 0;
  let directives = 0;
  visit(document, {
    Field: (field) => {
      if (field.alias !== undefined) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
  });
  return { aliases, directives };
};

const countFragments = (document: DocumentNode): number =>
  document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION).length;

/** @returns the first limit that the operation passes, or undefined */
export const breachedLimit = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  limits: Limits,
): GraphQLError | undefined => {
  const fragments = fragmentsOf(document);
  const { aliases, directives } = countMarks(document);
  const { depth, selections } = measure(operation, fragments);
  const checks: readonly (readonly [number, number, ErrorCode, string])[] = [
    [countFragments(document), limits.fragmentsMax, 'COST_LIMIT', 'fragments'],
    [directives, limits.directivesMax, 'COST_LIMIT', 'directives'],
    [aliases, limits.aliasesMax, 'ALIAS_LIMIT', 'aliases'],
    [depth, limits.depthMax, 'DEPTH_LIMIT', 'levels of fields'],
    [selections, limits.selectionsMax, 'COST_LIMIT', 'selections'],
  ];
  for (const [count, max, code, what] of checks) {
    if (count > max) return refusal(code, `The operation has ${count} ${what}; at most ${max}.`);
  }
  // Last, because it writes fragments out, which the number of selections has bounded.
  const rootFields = [...fieldsOf(operation.selectionSet, fragments)].length;
  if (rootFields <= limits.rootFieldsMax) return undefined;
  const message = `The operation has ${rootFields} root fields; at most ${limits.rootFieldsMax}.`;
  return refusal('COST_LIMIT', message);
};
