/**
 * The layers of the house: imports run downward only. Each rule says why, and that is what a violation prints.
 * What only a comment promises gets broken; a third party must be able to take `cloud/`, `adaptor/` and `exchange/` alone.
 */

/** A folder may import itself, packages, and the folders named; `types` may be imported for their types only. */
function layer(name, allowed, comment, { types = [] } = {}) {
  const outside =
    '^(exchange|files|configuration|observability|adaptor|workflows|activities|scheduler|web|crm|cloud|embedded|workers|cli|client|prisma/generated|test|bench|scripts|examples)/';
  const own = `^${name}/`;
  const reachable = allowed.map((folder) => `^${folder}/`);
  const rules = [
    {
      name: `${name.replaceAll('/', '-')}-imports-downward`,
      severity: 'error',
      comment,
      from: { path: own },
      to: { path: outside, pathNot: [own, ...reachable, ...types.map((folder) => `^${folder}/`)] },
    },
  ];
  for (const folder of types) {
    rules.push({
      name: `${name.replaceAll('/', '-')}-takes-types-only-of-${folder.replaceAll('/', '-')}`,
      severity: 'error',
      comment: `${comment} From ${folder}/ it may take types (import type) and nothing that runs.`,
      from: { path: own },
      to: { path: `^${folder}/`, dependencyTypesNot: ['type-only'] },
    });
  }
  return rules;
}

const PACKAGES = 'node_modules/';

module.exports = {
  forbidden: [
    ...layer('exchange', [], 'exchange/ is what both sides agree on: it depends on neither, so that either can take it alone.'),
    {
      name: 'exchange-is-pure',
      severity: 'error',
      comment: 'exchange/ is pure: schemas and rules that workflows can run too, without input, output or a clock; its only package is zod.',
      from: { path: '^exchange/' },
      to: { dependencyTypesNot: ['local'], pathNot: ['^exchange/', `${PACKAGES}zod/`] },
    },
    ...layer(
      'files',
      ['exchange'],
      'files/ knows how a file is kept from others, not what stands in it: configuration and authentication read through it alike.',
    ),
    ...layer('configuration', ['files', 'exchange'], 'configuration/ turns files and the environment into typed values; what uses them comes after it.'),
    ...layer('observability', ['exchange'], 'Metrics, logs and traces know no store, no wire and no workflow: composition roots tell them what happens.'),
    ...layer('adaptor/auth', ['files', 'exchange'], 'Authentication decides who may do what: it must not depend on how bytes travel or how rows are stored.'),
    ...layer('adaptor/data', ['exchange', 'prisma/generated/control'], 'The data plane serves both stores alike: it knows neither transport nor keys.'),
    ...layer('adaptor/communication', ['exchange'], 'Transport carries what it is given; it knows no store.', { types: ['adaptor/auth'] }),
    ...layer(
      'workflows',
      ['exchange'],
      'Workflows are deterministic: activities run elsewhere, so importing their code would pull clients and clocks into the bundle.',
      {
        types: ['activities'],
      },
    ),
    {
      name: 'workflows-use-no-other-package',
      severity: 'error',
      comment: 'The workflow bundle holds @temporalio/workflow and pure code; anything else may break determinism on replay.',
      from: { path: '^workflows/' },
      to: { dependencyTypesNot: ['local', 'type-only'], pathNot: ['^(workflows|exchange|activities)/', `${PACKAGES}@temporalio/(workflow|common)/`] },
    },
    ...layer(
      'activities',
      ['adaptor', 'exchange'],
      'Activities offer the adaptor to workflows; what they need is handed to them, so they know no process and no configuration.',
      {
        types: ['workflows'],
      },
    ),
    ...layer('scheduler', ['exchange'], 'The scheduler speaks to Temporal by names and types, so that CRM code can use it without loading a workflow.', {
      types: ['workflows'],
    }),
    ...layer('web', ['exchange'], 'web/ is what the pages of both sides stand on: it knows neither store, and neither side.'),
    ...layer(
      'crm',
      ['scheduler', 'adaptor', 'configuration', 'exchange', 'prisma/generated', 'web'],
      'The CRM orders; it reaches the cloud only through the scheduler and the adaptor.',
    ),
    ...layer(
      'cloud',
      ['adaptor/data', 'adaptor/auth', 'adaptor/communication', 'configuration', 'exchange', 'prisma/generated', 'web'],
      'The third party runs cloud/ alone: it shares neither code nor secrets with the CRM, and never starts a synchronisation.',
    ),
    {
      name: 'the-third-party-is-no-consumer',
      severity: 'error',
      comment: 'The cloud answers and never asks: of communication it takes the streams of both directions, not the client that orders.',
      from: { path: '^cloud/' },
      to: { path: '^adaptor/communication/', pathNot: '^adaptor/communication/(window-body-|stream-)' },
    },
    ...layer(
      'embedded',
      ['configuration', 'adaptor/auth', 'adaptor/data', 'exchange'],
      'Embedded parts are servers; the product runs as well on real ones and must not notice.',
    ),
    {
      name: 'workers-stay-below-the-command-line',
      severity: 'error',
      comment: 'workers/ wires a process together; the command line is another process and tests wire their own.',
      from: { path: '^workers/' },
      to: { path: '^(cli|test)/' },
    },
    ...layer(
      'cli',
      ['scheduler', 'adaptor', 'configuration', 'exchange', 'embedded', 'files', 'crm/exports', 'crm/users', 'cloud/employees', 'cloud/service-manager'],
      "The command line is a client of what runs; it wires no process itself. Of the CRM it takes how exports become the sample CRM's records and the administration of its users, of the cloud the provisioning of its rules and first employee, and nothing else.",
    ),
    ...layer(
      'client',
      ['scheduler', 'adaptor/data', 'adaptor/auth/codec', 'configuration', 'exchange'],
      'The public face of the package is loaded by a CRM of somebody else: it starts nothing, and brings no worker, server or key with it. Of authentication it takes the codec of payloads, whose keys the CRM names.',
    ),
    {
      name: 'product-never-imports-tests',
      severity: 'error',
      comment: 'What ships must not need what does not.',
      from: { pathNot: '^(test|bench|scripts)/|[.]config[.]ts$' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one idea in two places.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unknown-import',
      severity: 'error',
      comment: 'An import that does not resolve, or is not in package.json, works on one machine only.',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(prisma/generated|node:)' },
    },
    {
      name: 'no-test-package-in-the-product',
      severity: 'error',
      comment: 'Packages of development are not there in production; the page alone is built beforehand.',
      from: {
        path: '^(exchange|files|configuration|observability|adaptor|workflows|activities|scheduler|web|crm|cloud|embedded|workers|cli|client)/',
        pathNot: '^(crm|cloud|web)/page/',
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|^prisma/generated' },
    exclude: { path: '^((crm|cloud)/page/dist|dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
