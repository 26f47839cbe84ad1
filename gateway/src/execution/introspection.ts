/** Answers `__schema` and `__type` from the contract; no subgraph is asked. */
import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { type Fragments, fieldsOf } from '../limits/selections.ts';
import type { Fields } from './merge.ts';

/** @returns the operation with nothing but introspection, or undefined when it has none */
export const introspectionOf = (
  operation: OperationDefinitionNode,
  fragments: Fragments,
): DocumentNode | undefined => {
  const selections: FieldNode[] = [];
  for (const field of fieldsOf(operation.selectionSet, fragments)) {
    if (['__schema', '__type'].includes(field.name.value)) selections.push(field);
  }
  if (selections.length === 0) return undefined;
  const selectionSet = { kind: Kind.SELECTION_SET as const, selections };
  return {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, selectionSet }, ...fragments.values()],
  };
};

/** @param variables coerced */
export const introspect = (
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): Fields => {
  const { data, errors } = executeSync({ schema, document, variableValues: variables });
  if (errors?.[0]) throw errors[0];
  return { ...data };
};
