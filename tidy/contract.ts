/**
 * Compares a schema with the contract that it must contain (contract.graphql), and finds what
 * nobody has described.
 */
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  print,
} from 'graphql';

type Typed = { readonly name: string; readonly type: { toString(): string } };
type Input = Typed & { readonly defaultValue?: unknown };

const byName = <Named extends { readonly name: string }>(all: Iterable<Named>) =>
  new Map([...all].map((one) => [one.name, one]));

function differentType(
  where: string,
  ours: Typed | undefined,
  promised: FieldDefinitionNode | InputValueDefinitionNode,
) {
  const type = print(promised.type);
  if (!ours) return [`${where} is missing`];
  return String(ours.type) === type ? [] : [`${where} is ${ours.type}, not ${type}`];
}

const isRequired = ({ type, defaultValue }: Input) =>
  String(type).endsWith('!') && defaultValue === undefined;

/** Arguments and input fields: a new one must not be required, or old requests would fail. */
function missingInputs(
  ours: ReadonlyMap<string, Input>,
  promised: readonly InputValueDefinitionNode[],
  where: (name: string) => string,
): string[] {
  const names = new Set(promised.map(({ name }) => name.value));
  const added = [...ours.values()].filter((input) => !names.has(input.name) && isRequired(input));
  return [
    ...added.map(({ name }) => `${where(name)} is required, but the contract has no such input`),
    ...promised.flatMap((input) =>
      differentType(where(input.name.value), ours.get(input.name.value), input),
    ),
  ];
}

function missingFields(ours: GraphQLNamedType, promised: readonly FieldDefinitionNode[]): string[] {
  if (!isObjectType(ours) && !isInterfaceType(ours)) return [`${ours.name} has no fields`];
  const fields = ours.getFields();
  return promised.flatMap((field) => {
    const where = `${ours.name}.${field.name.value}`;
    const known = fields[field.name.value];
    if (!known) return [`${where} is missing`];
    const argument = (name: string) => `${where}(${name}:)`;
    return [
      ...differentType(where, known, field),
      ...missingInputs(byName(known.args), field.arguments ?? [], argument),
    ];
  });
}

function missingOf(ours: GraphQLNamedType, promised: DefinitionNode): string[] {
  switch (promised.kind) {
    case 'ObjectTypeDefinition':
    case 'InterfaceTypeDefinition': {
      const implemented = 'getInterfaces' in ours ? byName(ours.getInterfaces()) : new Map();
      const wanted = (promised.interfaces ?? []).map(({ name }) => name.value);
      const unkept = wanted.filter((name) => !implemented.has(name));
      return [
        ...unkept.map((name) => `${ours.name} does not implement ${name}`),
        ...missingFields(ours, promised.fields ?? []),
      ];
    }
    case 'InputObjectTypeDefinition': {
      const fields = isInputObjectType(ours) ? Object.values(ours.getFields()) : [];
      return missingInputs(byName(fields), promised.fields ?? [], (name) => `${ours.name}.${name}`);
    }
    case 'EnumTypeDefinition': {
      const values = new Set(isEnumType(ours) ? ours.getValues().map(({ name }) => name) : []);
      const wanted = (promised.values ?? []).map(({ name }) => name.value);
      return wanted
        .filter((name) => !values.has(name))
        .map((name) => `${ours.name}.${name} is missing`);
    }
    case 'UnionTypeDefinition': {
      const members = new Set(isUnionType(ours) ? ours.getTypes().map(({ name }) => name) : []);
      const wanted = (promised.types ?? []).map(({ name }) => name.value);
      return wanted
        .filter((name) => !members.has(name))
        .map((name) => `${ours.name} has no member ${name}`);
    }
    default:
      return [];
  }
}

const kindWords: Readonly<Record<string, string>> = {
  ScalarTypeDefinition: 'scalar',
  ObjectTypeDefinition: 'type',
  InterfaceTypeDefinition: 'interface',
  InputObjectTypeDefinition: 'input',
  EnumTypeDefinition: 'enum',
  UnionTypeDefinition: 'union',
};

/** What the contract promises and the schema does not keep, in the contract's order. */
export const missingFrom = (schema: GraphQLSchema, contract: DocumentNode): readonly string[] =>
  contract.definitions.flatMap((promised) => {
    const word = kindWords[promised.kind];
    if (!word || !('name' in promised) || !promised.name) {
      throw new Error(`the contract has a ${promised.kind}, which nobody compares`);
    }
    const ours = schema.getType(promised.name.value);
    const isSame = ours?.astNode?.kind === undefined || ours.astNode.kind === promised.kind;
    return ours && isSame
      ? missingOf(ours, promised)
      : [`${word} ${promised.name.value} is missing`];
  });

type Described = { readonly name: string; readonly description?: string | null | undefined };

const silent = (where: string, { description }: Described) => (description?.trim() ? [] : [where]);

function undescribedIn(type: GraphQLNamedType): readonly string[] {
  const own = silent(type.name, type);
  if (isEnumType(type)) {
    return [
      ...own,
      ...type.getValues().flatMap((value) => silent(`${type.name}.${value.name}`, value)),
    ];
  }
  if (!('getFields' in type)) return own;
  const parts = Object.values(type.getFields()).flatMap((field) => {
    const where = `${type.name}.${field.name}`;
    const args: readonly Described[] = 'args' in field ? field.args : [];
    return [
      ...silent(where, field),
      ...args.flatMap((arg) => silent(`${where}(${arg.name}:)`, arg)),
    ];
  });
  return [...own, ...parts];
}

/** Every type, field, argument, input field and enum value without a word about it. */
export const undescribed = (schema: GraphQLSchema): readonly string[] =>
  Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap(undescribedIn);
