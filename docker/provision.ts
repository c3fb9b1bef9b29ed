import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Connection } from '@temporalio/client';
import { ensureDevelopmentKeys } from '../adaptor/auth/development-keys.ts';
import { HOME_FILES } from '../configuration/home.ts';
import { loadConfig } from '../configuration/load-config.ts';
import { TidegateError } from '../exchange/errors.ts';
import type { Side } from '../exchange/names.ts';
import { INDEXED_VALUE_TYPES, SEARCH_ATTRIBUTES } from '../scheduler/search-attributes.ts';
import { cloudEnvironment, crmEnvironment, writeEnvironment } from '../workers/stack/environments.ts';
import { attachAll } from '../workers/stack/start-parts.ts';
import { openStore, prepareStore, type StackStore } from '../workers/stack/store.ts';
import { establishTrust } from '../workers/stack/trust.ts';

/*
 * Prepares what the containers of docker-compose.yml share: migrates both stores, gives roles their passwords and rights,
 * makes certificates and keys, attaches the tables, registers search attributes, and writes each side's environment into
 * that side's folder of --home, which the other side never mounts. Repeating it changes nothing.
 */

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: '/var/lib/tidegate' },
    config: { type: 'string', default: 'tidegate.config.ts' },
    crm: { type: 'string', default: '' },
    'crm-password-file': { type: 'string', default: '' },
    cloud: { type: 'string', default: '' },
    'cloud-password-file': { type: 'string', default: '' },
    producer: { type: 'string', default: '' },
    temporal: { type: 'string', default: '' },
    'temporal-ui': { type: 'string', default: '' },
  },
});

const config = await loadConfig(values.config);
const [crm, cloud] = [await prepared('crm'), await prepared('cloud')];
const producer = new URL(values.producer);
await ensureDevelopmentKeys(values.home, { links: config.links, dnsNames: [producer.hostname, 'localhost'] });
const material = await establishTrust(values.home, config, [crm, cloud]);
await attachAll(crm, config);
const place = { address: values.temporal, namespace: 'tidegate', ui: values['temporal-ui'] };
await registerSearchAttributes(place);
publish('crm', crmEnvironment(crm, material, place, producer.origin, values.config));
publish('cloud', cloudEnvironment(cloud, material));

/** One side's store by its administrator's URL, whose password stands in a file. */
async function prepared(side: Side): Promise<StackStore> {
  const url = new URL(values[side]);
  url.password = readFileSync(values[`${side}-password-file`], 'utf8').trim();
  const environment = { [`TIDEGATE_${side.toUpperCase()}_ADMIN_URL`]: url.href };
  const store = await openStore({ side, home: values.home, environment, onSpawn: () => {}, logFile: '' });
  if (store.embedded) throw new TidegateError('unexpected');
  await prepareStore(store, { home: values.home, sample: true });
  return store;
}

/** A server that was not started for Tidegate has its namespace, but knows nothing of what runs are found by. */
async function registerSearchAttributes({ address, namespace }: { address: string; namespace: string }): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => customAttributes?.[name] === undefined);
    const searchAttributes = Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]]));
    if (missing.length > 0) await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } finally {
    await connection.close();
  }
}

/** As JSON for the command line, and for `node --env-file`, whose values need no quotes here: URLs, paths and words. */
function publish(side: Side, environment: Readonly<Record<string, string>>): void {
  writeEnvironment(values.home, side, environment);
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(dirname(join(values.home, HOME_FILES.environment(side))), 'environment'), lines.join(''), { mode: 0o600 });
}
