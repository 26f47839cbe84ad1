/** Turns the planned primary operation of a subscription into what the hub sends upstream. */
import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  parseType,
  print,
  type SelectionSetNode,
  type VariableDefinitionNode,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { type FieldPolicy, policyOf } from './field-policy.ts';

type Variables = Readonly<Record<string, unknown>>;

export type UpstreamOperation = {
  readonly policy: FieldPolicy;
  readonly query: string;
  readonly operationName: string | undefined;
  /** The client's variables that the text still uses. */
  readonly variableNames: readonly string[];
  /** Under which key the root field answers: its alias or its name. */
  readonly rootKey: string;
  /** What the client asked for, from its literals or variables. */
  argumentsOf(variables: Variables): { readonly keys: readonly string[]; readonly after?: string };
  /** For a heartbeat of the hub's own: response key to field name. */
  readonly heartbeatFields: ReadonlyMap<string, string>;
};

const keysVariable = '_holdfastKeys';
const afterVariable = '_holdfastAfter';

const operationOf = (document: DocumentNode): OperationDefinitionNode => {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('A planned document has no operation.');
  return operation;
};

const rootOf = (operation: OperationDefinitionNode): FieldNode => {
  const root = operation.selectionSet.selections.find((node) => node.kind === Kind.FIELD);
  if (root === undefined) throw new Error('A planned subscription has no root field.');
  return root;
};

const variable = (name: string) => ({
  kind: Kind.VARIABLE as const,
  name: { kind: Kind.NAME as const, value: name },
});

const argument = (name: string, variableName: string): ArgumentNode => ({
  kind: Kind.ARGUMENT,
  name: { kind: Kind.NAME, value: name },
  value: variable(variableName),
});

const definition = (name: string, type: string): VariableDefinitionNode => ({
  kind: Kind.VARIABLE_DEFINITION,
  variable: variable(name),
  type: parseType(type),
});

/** The names of all variables that a document uses, outside of their definitions. */
const usedVariables = (document: DocumentNode): ReadonlySet<string> => {
  const names = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => {
      names.add(node.name.value);
    },
  });
  return names;
};

/** Drops the definitions of variables that nothing uses any more: a subgraph may validate. */
export const withoutUnusedVariables = (document: DocumentNode): DocumentNode => {
  const used = usedVariables(document);
  return visit(document, {
    VariableDefinition: (node) => (used.has(node.variable.name.value) ? undefined : null),
  });
};

const rewrite = (document: DocumentNode, root: FieldNode, policy: FieldPolicy): DocumentNode => {
  const hidden = operationOf(parse(policy.hidden)).selectionSet.selections;
  // A single key is the same for all who share, so that its own argument can stay.
  const split = policy.keys === 'skus';
  const replaced = split ? ['after', policy.keys] : ['after'];
  const kept = (root.arguments ?? []).filter((node) => !replaced.includes(node.name.value));
  const rewritten: FieldNode = {
    ...root,
    arguments: [
      ...kept,
      ...(split ? [argument(policy.keys, keysVariable)] : []),
      argument('after', afterVariable),
    ],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [...(root.selectionSet?.selections ?? []), ...hidden],
    },
  };
  const definitions = document.definitions.map((node) =>
    node.kind === Kind.OPERATION_DEFINITION
      ? {
          ...node,
          selectionSet: { kind: Kind.SELECTION_SET as const, selections: [rewritten] },
          variableDefinitions: [
            ...(node.variableDefinitions ?? []),
            ...(split ? [definition(keysVariable, '[ID!]!')] : []),
            definition(afterVariable, 'String'),
          ],
        }
      : node,
  );
  return withoutUnusedVariables({ kind: Kind.DOCUMENT, definitions });
};

/** Collects what is selected of a heartbeat: its fields have no arguments and no selections. */
const heartbeatFieldsOf = (
  set: SelectionSetNode | undefined,
  unionName: string,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  found = new Map<string, string>(),
): ReadonlyMap<string, string> => {
  for (const node of set?.selections ?? []) {
    if (node.kind === Kind.FIELD) {
      found.set(node.alias?.value ?? node.name.value, node.name.value);
      continue;
    }
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
    const type = fragment?.typeCondition?.name.value;
    if (type === undefined || type === 'Heartbeat' || type === unionName) {
      heartbeatFieldsOf(fragment?.selectionSet, unionName, fragments, found);
    }
  }
  return found;
};

const fragmentsOf = (document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(
    document.definitions
      .filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );

/** An ID or a string, and a single one where the language coerces it to a list. */
const texts = (value: unknown): readonly string[] =>
  value === undefined || value === null
    ? []
    : (Array.isArray(value) ? value : [value]).map((one) => String(one));

const argumentsReader = (root: FieldNode, policy: FieldPolicy) => (variables: Variables) => {
  const read = (name: string) => {
    const node = root.arguments?.find((each) => each.name.value === name);
    return texts(node && valueFromASTUntyped(node.value, variables));
  };
  const [after] = read('after');
  return after === undefined ? { keys: read(policy.keys) } : { keys: read(policy.keys), after };
};

/**
 * @param primary the text that the planner wants sent to the subgraph
 * @returns undefined when the field has no policy, so that it cannot be live
 */
export const upstreamOperation = (primary: string): UpstreamOperation | undefined => {
  const document = parse(primary);
  const operation = operationOf(document);
  const root = rootOf(operation);
  const policy = policyOf(root.name.value);
  if (policy === undefined) return undefined;

  const rewritten = rewrite(document, root, policy);
  const used = usedVariables(rewritten);
  return {
    policy,
    query: print(rewritten),
    operationName: operation.name?.value,
    variableNames: [...used].filter((name) => name !== keysVariable && name !== afterVariable),
    rootKey: root.alias?.value ?? root.name.value,
    argumentsOf: argumentsReader(root, policy),
    heartbeatFields: heartbeatFieldsOf(
      rootOf(operationOf(rewritten)).selectionSet,
      policy.messageType,
      fragmentsOf(rewritten),
    ),
  };
};

/** The variables of one upstream call: the client's own that are still used, and the hub's. */
export const upstreamVariables = (
  operation: UpstreamOperation,
  variables: Variables,
  keys: readonly string[],
  after: string | undefined,
): Record<string, unknown> => {
  const own = operation.variableNames
    .filter((name) => Object.hasOwn(variables, name))
    .map((name): [string, unknown] => [name, variables[name]]);
  return Object.fromEntries([
    ...own,
    ...(operation.policy.keys === 'skus' ? [[keysVariable, keys]] : []),
    ...(after === undefined ? [] : [[afterVariable, after]]),
  ]);
};
