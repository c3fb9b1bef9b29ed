import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { secretSettings } from '../../configuration/secret-files.ts';
import {
  cloudPageSettingsSchema,
  crmAppSettingsSchema,
  crmWorkerSettingsSchema,
  producerSettingsSchema,
  provisionSettingsSchema,
} from '../../configuration/settings.ts';
import type { Compose, Service } from './compose-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Settings that each of our services may be given. */
const SETTINGS: Readonly<Record<string, z.ZodObject>> = {
  provision: provisionSettingsSchema,
  producer: producerSettingsSchema,
  'crm-worker': crmWorkerSettingsSchema,
  'crm-app': crmAppSettingsSchema,
  'cloud-page': cloudPageSettingsSchema,
};

/** Variables that images of others, and our own scripts for them, read. */
const FOREIGN = new Set([
  'POSTGRES_DB',
  'POSTGRES_PASSWORD_FILE',
  'SQL_HOST',
  'SQL_PORT',
  'SQL_USER',
  'TEMPORAL_POSTGRES_ADDRESS',
  'TEMPORAL_POSTGRES_PASSWORD_FILE',
  'TEMPORAL_DYNAMIC_CONFIG',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_DEFAULT_NAMESPACE',
]);

/** What docker-compose.yml promises and does not hold, one sentence each. */
export function composeFaults(compose: Compose): readonly string[] {
  return [
    ...Object.entries(compose.services).flatMap(([name, service]) =>
      [
        ...commandFaults(service),
        ...environmentFaults(name, service),
        ...secretFaults(service, compose),
        ...healthFaults(service),
        ...userFaults(service),
        ...portFaults(service),
        ...placeFaults(service, compose),
      ].map((fault) => `${name}: ${fault}`),
    ),
    ...sideFaults(compose),
  ];
}

/** Every file that a command runs exists: in the image for ours, in the mounted folder for others. */
function commandFaults({ command, entrypoint, healthcheck }: Service): readonly string[] {
  const words = [...command, ...entrypoint, ...(healthcheck?.test ?? [])];
  const files = words.filter((word) => /^[\w/-]+\.(ts|mjs|sh)$/.test(word)).map((file) => file.replace(/^\/tidegate\//, 'docker/temporal/'));
  return files.filter((file) => !existsSync(join(root, file))).map((file) => `${file} does not exist`);
}

function environmentFaults(name: string, { image, environment }: Service): readonly string[] {
  const schema = SETTINGS[name];
  if (schema === undefined) {
    const unknown = Object.keys(environment).filter((variable) => !FOREIGN.has(variable));
    return [...(image === 'tidegate' ? ['its settings are not known'] : []), ...unknown.map((variable) => `${variable} is read by nobody`)];
  }
  const secrets = secretSettings(schema);
  const known = new Set([...Object.keys(schema.shape), ...secrets.map((secret) => `${secret}_FILE`)]);
  const open = secrets.filter((secret) => environment[secret] !== undefined).map((secret) => `${secret} stands in the open`);
  const passwords = Object.entries(environment).filter(([, value]) => /:\/\/[^/@]*:[^/@]*@/.test(value));
  // Secrets come from files, which are not here: any value of the right form stands for them.
  const given = Object.fromEntries(
    Object.entries(environment).map(([key, value]) => (key.endsWith('_FILE') ? [key.slice(0, -5), 'postgresql://stands-for-a-secret'] : [key, value])),
  );
  const refused = schema.safeParse(given).error?.issues ?? [];
  return [
    ...Object.keys(environment)
      .filter((variable) => !known.has(variable))
      .map((variable) => `${variable} is no setting of it`),
    ...open,
    ...passwords.map(([variable]) => `${variable} holds a password`),
    ...refused.map(({ path, message }) => `${path.join('.')}: ${message}`),
  ];
}

/** Every secret is declared, and is read by a variable that ends in _FILE; no password is written down. */
function secretFaults({ secrets, environment }: Service, compose: Compose): readonly string[] {
  const read = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));
  return [
    ...secrets.filter((secret) => compose.secrets[secret] === undefined).map((secret) => `secret ${secret} is not declared`),
    ...secrets.filter((secret) => !read.some(([, path]) => path === `/run/secrets/${secret}`)).map((secret) => `secret ${secret} is read by no _FILE setting`),
    ...read
      .filter(([, path]) => path.startsWith('/run/secrets/') && !secrets.includes(path.slice(13)))
      .map(([name, path]) => `${name}: ${path} is not given to it`),
    ...Object.keys(environment)
      .filter((name) => /PASSWORD|PWD|TOKEN$/.test(name) && !name.endsWith('_FILE'))
      .map((name) => `${name} stands in the open`),
  ];
}

/** What goes on running says whether it is well; what ends is waited for by its end. */
function healthFaults({ restart, healthcheck }: Service): readonly string[] {
  return restart !== 'no' && healthcheck === undefined ? ['it has no health check'] : [];
}

function userFaults({ user, cap_drop, security_opt, read_only, image }: Service): readonly string[] {
  const faults: string[] = [];
  if (user === undefined || /^(root|0)(:|$)/.test(user)) faults.push('it runs as root');
  if (!cap_drop.includes('ALL')) faults.push('it keeps capabilities');
  if (!security_opt.includes('no-new-privileges:true')) faults.push('it may gain privileges');
  if (image === 'tidegate' && !read_only) faults.push('it may write into its image');
  return faults;
}

function portFaults({ ports }: Service): readonly string[] {
  return ports.filter((port) => !port.startsWith('127.0.0.1:')).map((port) => `port ${port} is open to the network`);
}

/** Named volumes, networks and services that it waits for are declared; mounted folders and files exist. */
function placeFaults({ volumes, networks, depends_on }: Service, compose: Compose): readonly string[] {
  const sources = volumes.map((volume) => volume.split(':')[0] ?? '');
  const missing = sources.filter((source) => (source.startsWith('.') ? !existsSync(join(root, source)) : !(source in compose.volumes)));
  const waits = Object.entries(depends_on).flatMap(([name, { condition }]) => {
    const other = compose.services[name];
    if (other === undefined) return [`it waits for ${name}, which is not there`];
    if (condition === 'service_healthy' && other.healthcheck === undefined) return [`it waits for the health of ${name}, which has no check`];
    return condition === 'service_completed_successfully' && other.restart !== 'no' ? [`it waits for the end of ${name}, which does not end`] : [];
  });
  return [
    ...missing.map((source) => `volume ${source} is not there`),
    ...networks.filter((name) => !(name in compose.networks)).map((name) => `network ${name} is not declared`),
    ...waits,
  ];
}

/** Neither side mounts the other's keys or reaches the other's database; only provisioning sees both. */
function sideFaults({ services }: Compose): readonly string[] {
  return Object.entries(services).flatMap(([name, { volumes, networks }]) => {
    if (name === 'provision') return [];
    const both = (a: string, b: string, of: readonly string[]): boolean => of.some((each) => each === a) && of.some((each) => each === b);
    const mounted = volumes.map((volume) => volume.split(':')[0] ?? '');
    return [
      ...(both('crm', 'cloud', mounted) ? [`${name}: it mounts the keys of both sides`] : []),
      ...(both('company', 'third-party', networks) ? [`${name}: it reaches both sides`] : []),
      ...(mounted.includes('authority') ? [`${name}: it mounts the authority's key`] : []),
    ];
  });
}
