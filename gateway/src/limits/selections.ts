/**
 * Walks over selections with fragments written out, safe against fragments that contain themselves.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

export const fragmentsOf = (document: DocumentNode): Fragments => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  return fragments;
};

/** The whole of `__schema` and `__type` is exempt from depth and cost: GraphiQL asks 15 deep. */
export const isIntrospection = (field: FieldNode): boolean => field.name.value.startsWith('__');

export type Extent = {
  /** A root field is 1, each field inside another one more. */
  readonly depth: number;
  readonly selections: number;
};

const none: Extent = { depth: 0, selections: 0 };

/**
 * How deep and how large an operation is. A fragment is measured once, however often it is spread.
 */
export const measure = (operation: OperationDefinitionNode, fragments: Fragments): Extent => {
  const measured = new Map<string, Extent>();
  const ofSet = (set: SelectionSetNode | undefined): Extent => {
    let depth = 0;
    let selections = 0;
    for (const selection of set?.selections ?? []) {
      let inner: Extent;
      if (selection.kind === Kind.FIELD) {
        inner = ofSet(selection.selectionSet);
        if (!isIntrospection(selection)) depth = Math.max(depth, inner.depth + 1);
      } else {
        inner =
          selection.kind === Kind.INLINE_FRAGMENT
            ? ofSet(selection.selectionSet)
            : ofFragment(selection.name.value);
        depth = Math.max(depth, inner.depth);
      }
      selections += 1 + inner.selections;
    }
    return { depth, selections };
  };
  const ofFragment = (name: string): Extent => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    measured.set(name, none); // A fragment inside itself ends here; validation refuses it.
    const extent = ofSet(fragments.get(name)?.selectionSet);
    measured.set(name, extent);
    return extent;
  };
  return ofSet(operation.selectionSet);
};

/**
 * Every field that a selection set selects on its own level; call it only on what `measure` has
 * bounded.
 */
export function* fieldsOf(
  set: SelectionSetNode,
  fragments: Fragments,
  spreads: ReadonlySet<string> = new Set(),
): Generator<FieldNode> {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      yield selection;
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      yield* fieldsOf(selection.selectionSet, fragments, spreads);
    } else {
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (fragment === undefined || spreads.has(name)) continue;
      yield* fieldsOf(fragment.selectionSet, fragments, new Set([...spreads, name]));
    }
  }
}
