import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { provisionSettingsSchema } from '../../configuration/settings/containers.ts';
import { secretSettings } from '../../configuration/secret-files.ts';
import { cloudPageSettingsSchema, producerSettingsSchema } from '../../configuration/settings/cloud.ts';
import { crmAppSettingsSchema, crmWorkerSettingsSchema } from '../../configuration/settings/crm.ts';
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
    ...metricsFaults(compose),
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

/** Ports on which a service tells metrics. */
const metricsPorts = ({ environment }: Service): readonly string[] =>
  ['TIDEGATE_METRICS_PORT', 'TIDEGATE_TEMPORAL_METRICS_PORT'].flatMap((name) => environment[name] ?? []);

interface Scraping {
  readonly scrape_configs: readonly {
    readonly static_configs?: readonly { readonly targets: readonly string[] }[];
    readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
  }[];
}

/** Every process that goes on tells metrics, to its own side's Prometheus and not to the host, and that scrapes all of them and nothing else. */
function metricsFaults({ services }: Compose): readonly string[] {
  const silent = Object.entries(services).flatMap(([name, service]) => {
    if (service.image !== 'tidegate' || service.restart === 'no') return [];
    const ports = metricsPorts(service);
    return [
      ...(ports.length === 0 ? [`${name}: it tells no metrics`] : []),
      ...(service.environment['TIDEGATE_METRICS_HOST'] === '0.0.0.0' ? [] : [`${name}: its metrics cannot be reached from another container`]),
      ...ports.filter((port) => !service.expose.includes(port)).map((port) => `${name}: port ${port} is not exposed`),
      ...service.ports.filter((port) => ports.includes(port.split(':').at(-1) ?? '')).map((port) => `${name}: metrics are published by ${port}`),
    ];
  });
  const scraped = Object.entries(services).flatMap(([by, service]) => {
    const file = service.volumes.find((volume) => volume.includes(':/etc/prometheus/prometheus.yml'))?.split(':')[0];
    if (file === undefined || !existsSync(join(root, file))) return [];
    const { scrape_configs: configs } = parse(readFileSync(join(root, file), 'utf8')) as Scraping;
    return configs
      .flatMap(({ static_configs: fixed = [], dns_sd_configs: found = [] }) => [
        ...fixed.flatMap(({ targets }) => targets),
        ...found.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`)),
      ])
      .map((target) => ({ by, target, networks: service.networks }));
  });
  const faults = scraped.flatMap(({ by, target, networks }) => {
    const [name = '', port = ''] = target.split(':');
    const service = services[name];
    if (service === undefined || !metricsPorts(service).includes(port)) return [`${by}: ${target} tells no metrics`];
    return service.networks.some((network) => networks.includes(network)) ? [] : [`${by}: ${target} is out of its reach`];
  });
  const missed = Object.entries(services).flatMap(([name, service]) =>
    metricsPorts(service)
      .filter((port) => !scraped.some(({ target }) => target === `${name}:${port}`))
      .map((port) => `${name}: nobody scrapes port ${port}`),
  );
  return [...silent, ...faults, ...missed];
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
