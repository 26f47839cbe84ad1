/** What must hold of every container of ours, however it is started: one sentence for a breach. */

type Json = { readonly [key: string]: Json | undefined } & { readonly length?: number };

/** A container as a chart's Deployment or a compose file has it, in words common to both. */
export type Container = {
  readonly name: string;
  readonly environment: readonly string[];
  readonly readOnly: boolean;
  readonly nonRoot: boolean;
  readonly dropsCapabilities: boolean;
  readonly asksReady: boolean;
};

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Json | undefined)?.[key], value);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isReady = (value: unknown): boolean => JSON.stringify(value ?? '').includes('/readyz');

export function fromDeployment(document: unknown): Container {
  const pod = at(document, 'spec', 'template', 'spec');
  const [container] = list(at(pod, 'containers'));
  return {
    name: String(at(document, 'metadata', 'name')),
    environment: list(at(container, 'env')).map((each) => String(at(each, 'name'))),
    readOnly: at(container, 'securityContext', 'readOnlyRootFilesystem') === true,
    nonRoot: at(pod, 'securityContext', 'runAsNonRoot') === true,
    dropsCapabilities: list(at(container, 'securityContext', 'capabilities', 'drop')).includes(
      'ALL',
    ),
    asksReady: isReady(at(container, 'readinessProbe')) && isReady(at(container, 'startupProbe')),
  };
}

export const fromService = (name: string, service: unknown): Container => ({
  name,
  environment: Object.keys((at(service, 'environment') as object | undefined) ?? {}),
  readOnly: at(service, 'read_only') === true,
  nonRoot: /^[1-9]\d*:[1-9]\d*$/.test(String(at(service, 'user'))),
  dropsCapabilities: list(at(service, 'cap_drop')).includes('ALL'),
  asksReady: isReady(at(service, 'healthcheck')),
});

/** @param known the names of the environment that Holdfast reads */
export const breachesOf = (container: Container, known: ReadonlySet<string>): readonly string[] =>
  [
    ...container.environment
      .filter((name) => !known.has(name))
      .map((name) => `sets ${name}, which Holdfast does not read`),
    ...(container.readOnly ? [] : ['may write to its image']),
    ...(container.nonRoot ? [] : ['may run as root']),
    ...(container.dropsCapabilities ? [] : ['keeps capabilities']),
    ...(container.asksReady ? [] : ['is not asked whether it is ready']),
  ].map((breach) => `${container.name} ${breach}`);
