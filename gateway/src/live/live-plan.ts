/** A subscription, checked and planned: what the hub needs to run and share it. */
import type { Caller } from '@holdfast/schema/caller';
import { parse, print, separateOperations, visit } from 'graphql';
import type { Federation, PreparedOperation } from '../execution/federation.ts';
import { type FieldPolicy, reservedAlias } from './field-policy.ts';
import { LiveRefused, refusal } from './live-errors.ts';
import {
  type UpstreamOperation,
  upstreamOperation,
  withoutUnusedVariables,
} from './upstream-operation.ts';

/** As the client sent it. */
export type LiveRequest = {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown> | undefined;
  readonly caller: Caller;
  readonly address: string;
  /** Goes before the operation's own `after`: the `Last-Event-ID` of server-sent events. */
  readonly resumeAfter: string | undefined;
};

export type LivePlan = {
  readonly request: LiveRequest;
  readonly prepared: PreparedOperation;
  readonly upstream: UpstreamOperation;
  /** Coerced. */
  readonly variables: Record<string, unknown>;
  readonly keys: readonly string[];
  readonly after: string | undefined;
  /** Clients with the same may share everything but their catch-up. */
  readonly sharingKey: string;
};

/** INTERFACE: availabilityChanged takes at most 200 SKUs. */
export const keysMax = 200;

type Shape = { readonly text: string; readonly variableNames: readonly string[] };

/** The document without what differs between clients that may share: the keys and the cursor. */
const shapeOf = (query: string, name: string | undefined, policy: FieldPolicy): Shape => {
  const document = parse(query);
  const operation = separateOperations(document)[name ?? ''] ?? document;
  const dropped = policy.keys === 'skus' ? ['skus', 'after'] : ['after'];
  const common = withoutUnusedVariables(
    visit(operation, {
      Field: (node) =>
        node.name.value === policy.field
          ? {
              ...node,
              arguments: node.arguments?.filter((each) => !dropped.includes(each.name.value)),
            }
          : undefined,
    }),
  );
  const variableNames: string[] = [];
  visit(common, {
    VariableDefinition: (node) => {
      variableNames.push(node.variable.name.value);
    },
  });
  return { text: print(common), variableNames };
};

type Compiled = { readonly upstream: UpstreamOperation; readonly shape: Shape };

/** Printing and rewriting are done once an operation; the gateway keeps prepared ones. */
const compiled = new WeakMap<PreparedOperation, Compiled>();

const compile = (prepared: PreparedOperation, request: LiveRequest): Compiled => {
  const known = compiled.get(prepared);
  if (known !== undefined) return known;
  if (request.query.includes(reservedAlias)) {
    const message = `Names that begin with ${reservedAlias} are reserved.`;
    throw new LiveRefused([refusal('BAD_REQUEST', message)]);
  }
  const primary = prepared.primary;
  const upstream = primary && upstreamOperation(primary.operation);
  if (upstream === undefined) {
    throw new LiveRefused([refusal('BAD_REQUEST', 'This operation cannot be live.')]);
  }
  const shape = shapeOf(request.query, request.operationName, upstream.policy);
  compiled.set(prepared, { upstream, shape });
  return { upstream, shape };
};

/**
 * Checks and plans; costs little for an operation that was planned before.
 *
 * @throws LiveRefused with everything that the client is to hear
 */
export const planLive = (federation: Federation, request: LiveRequest): LivePlan => {
  const prepared = federation.prepare(request.query, request.operationName);
  if ('errors' in prepared) throw new LiveRefused(prepared.errors);
  const admitted = federation.admit(prepared, request.variables, request.caller);
  if ('errors' in admitted) throw new LiveRefused(admitted.errors);

  const { upstream, shape } = compile(prepared, request);
  const { variables } = admitted;
  const { keys, after: asked } = upstream.argumentsOf(variables);
  const after = request.resumeAfter ?? asked;
  if (keys.length > keysMax) {
    const message = `${upstream.policy.keys} takes at most ${keysMax}.`;
    throw new LiveRefused([refusal('BAD_USER_INPUT', message)]);
  }
  const sharingKey = JSON.stringify([
    federation.generation,
    upstream.policy.scopeOf(request.caller),
    shape.text,
    shape.variableNames.map((name) => (Object.hasOwn(variables, name) ? [variables[name]] : [])),
  ]);
  return { request, prepared, upstream, variables, keys, after, sharingKey };
};
