import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';

/** True when an object of the named type is one of the condition's. */
export const isOfType = (schema: GraphQLSchema, typename: string, condition: string): boolean => {
  if (typename === condition) return true;
  const type = schema.getType(typename);
  const abstract = schema.getType(condition);
  if (!isAbstractType(abstract)) return false;
  return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(abstract, type);
};
