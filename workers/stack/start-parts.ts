import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { attachTable } from '../../adaptor/data/capture/attach.ts';
import { planCollections, plansByTable } from '../../adaptor/data/plan-collections.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { seedSampleCloud } from '../../cloud/sample/seed.ts';
import { seedSampleData } from '../../crm/sample/seed.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { type Config, inParentOrder } from '../../configuration/config.ts';
import { loadCloudConfig } from '../../configuration/load-config.ts';
import { CODEC_PATH } from '../../crm/api/codec/codec-path.ts';
import { ownProgram } from '../../embedded/own-program.ts';
import { LOOPBACK } from '../../embedded/ports.ts';
import type { Supervisor } from '../../embedded/supervisor.ts';
import { type StackTemporal, cloudEnvironment, cloudPageEnvironment, crmEnvironment, ownSettings, producerSettings, writeEnvironment } from './environments.ts';
import { observedEnvironments } from './observed-environments.ts';
import type { StackMetrics } from './stack-file.ts';
import type { StepReporter } from './progress.ts';
import { type StackStore, openStore, prepareStore } from './store.ts';
import { establishTrust } from './trust.ts';
import { preferredPort } from './ports.ts';
import { startTemporal } from './start-temporal.ts';

/** What the stack is started with. */
export interface StackStart {
  readonly supervisor: Supervisor;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly config: Config;
  readonly configFile: string;
  readonly sample: boolean;
  /** Number of contacts in the sample data. */
  readonly contacts: number;
  readonly report: StepReporter;
}

/** The running stack. */
export interface RunningStack {
  readonly crm: StackStore;
  readonly cloud: StackStore;
  readonly temporal: StackTemporal & { readonly pid: number | null };
  readonly producer: { readonly url: string; readonly plainUrl: string; readonly pid: number };
  readonly worker: { readonly pid: number };
  readonly crmApp: { readonly url: string; readonly pid: number };
  /** The third party's page; absent without the sample cloud. */
  readonly cloudPage: { readonly url: string; readonly pid: number } | undefined;
  /** Where metrics are told; nowhere unless switched on. */
  readonly metrics: StackMetrics;
  readonly tls: { readonly ca: string; readonly crmCertificate: string; readonly crmKey: string };
}

const script = (name: string) => ownProgram(import.meta.url, `../${name}`);
const observedInfo = { metricsUrl: z.url().optional() };
const producerInfoSchema = z.object({ url: z.url(), plainUrl: z.url(), ...observedInfo });
const appInfoSchema = z.object({ url: z.url(), ...observedInfo });
const workerInfoSchema = z.object(observedInfo);

/** Starts every part in order; each is ready before the next one starts. */
export async function startParts({ supervisor, home, environment, config, configFile, sample, contacts, report }: StackStart): Promise<RunningStack> {
  report.step('PostgreSQL, one server for the company and one for the third party');
  const [crm, cloud] = await Promise.all((['crm', 'cloud'] as const).map((side) => startStore(supervisor, home, environment, side)));
  if (crm === undefined || cloud === undefined) throw new Error('unreachable');
  report.step('migrations, roles and rights in both stores');
  const cloudConfigFile = cloudConfigFileOf(environment);
  const { access } = await loadCloudConfig(cloudConfigFile);
  await Promise.all([crm, cloud].map((store) => prepareStore(store, { home, sample, access })));
  report.step('certificates and reference keys');
  const material = await establishTrust(home, config, [crm, cloud], environment);
  if (sample) {
    report.step('sample data');
    await seedSamples(crm, cloud, contacts);
  }
  report.step('capture on the tables of the collections');
  await attachAll(crm, config);
  // The Temporal UI is told where the CRM application decodes before that is started.
  const appPort = await preferredPort(environment, 'TIDEGATE_CRM_APP_PORT', 4700);
  const codecEndpoint = `${environment['TIDEGATE_CRM_APP_ORIGIN'] ?? `http://${LOOPBACK}:${appPort}`}${CODEC_PATH}`;
  const temporal = await startTemporal({ supervisor, home, environment, codecEndpoint, report });
  report.step('producer');
  const observed = await observedEnvironments(environment);
  const cloudSide = { ...cloudEnvironment(cloud, material), ...(cloudConfigFile === undefined ? {} : { TIDEGATE_CLOUD_CONFIG: cloudConfigFile }) };
  const producer = await supervisor.startWorker('producer', {
    script: script('producer'),
    env: {
      ...producerSettings(environment),
      ...observed.producer,
      ...cloudSide,
      TIDEGATE_PRODUCER_PORT: String(await preferredPort(environment, 'TIDEGATE_PRODUCER_PORT', 4701)),
      TIDEGATE_PRODUCER_PLAIN_PORT: String(await preferredPort(environment, 'TIDEGATE_PRODUCER_PLAIN_PORT', 4702)),
    },
  });
  const { url: cloudUrl, plainUrl, metricsUrl } = producerInfoSchema.parse(producer.info);
  const crmSide = crmEnvironment(crm, material, temporal, {
    cloudUrl,
    crmPage: environment['TIDEGATE_CRM_APP_URL'] ?? environment['TIDEGATE_CRM_APP_ORIGIN'] ?? `http://127.0.0.1:${appPort}`,
    configFile: isAbsolute(configFile) ? configFile : resolve(configFile),
  });
  await writeEnvironment(home, 'cloud', cloudSide);
  await writeEnvironment(home, 'crm', { ...crmSide, ...(crm.embedded ? { TIDEGATE_CRM_ADMIN_URL: crm.adminUrl } : {}) });
  report.step('worker');
  const worker = await supervisor.startWorker('crm-worker', { script: script('crm-worker'), env: { ...observed.worker, ...crmSide } });
  report.step('CRM application');
  const app = await supervisor.startWorker('crm-app', {
    script: script('crm-app'),
    env: {
      ...ownSettings(environment, 'TIDEGATE_CRM_APP_'),
      ...ownSettings(environment, 'TIDEGATE_ALARM_'),
      ...observed.crmApp,
      ...crmSide,
      TIDEGATE_CRM_APP_PORT: String(appPort),
    },
  });
  const cloudPage = sample ? await startCloudPage(supervisor, environment, cloud, { observed: observed.cloudPage, report }) : undefined;
  report.done();
  const appInfo = appInfoSchema.parse(app.info);
  return {
    crm,
    cloud,
    temporal,
    producer: { url: cloudUrl, plainUrl, pid: producer.pid },
    worker: { pid: worker.pid },
    crmApp: { url: appInfo.url, pid: app.pid },
    cloudPage,
    metrics: {
      crmApp: appInfo.metricsUrl,
      worker: workerInfoSchema.parse(worker.info).metricsUrl,
      temporalSdk: observed.sdkUrl,
      producer: metricsUrl,
      cloudPage: cloudPage?.metricsUrl,
    },
    tls: { ca: material.crm.ca, crmCertificate: material.crm.certificate, crmKey: material.crm.key },
  };
}

async function startCloudPage(
  supervisor: Supervisor,
  environment: StackStart['environment'],
  cloud: StackStore,
  { observed, report }: { readonly observed: Readonly<Record<string, string | undefined>>; readonly report: StepReporter },
): Promise<{ readonly url: string; readonly metricsUrl?: string | undefined; readonly pid: number }> {
  report.step('cloud page');
  const page = await supervisor.startWorker('cloud-page', {
    script: script('cloud-page'),
    env: {
      ...ownSettings(environment, 'TIDEGATE_CLOUD_PAGE_'),
      ...observed,
      ...cloudPageEnvironment(cloud),
      TIDEGATE_CLOUD_PAGE_PORT: String(await preferredPort(environment, 'TIDEGATE_CLOUD_PAGE_PORT', 4704)),
    },
  });
  return { ...appInfoSchema.parse(page.info), pid: page.pid };
}

async function startStore(supervisor: Supervisor, home: string, environment: StackStart['environment'], side: 'crm' | 'cloud'): Promise<StackStore> {
  let store: StackStore | undefined;
  await supervisor.start(`${side}-postgres`, async ({ onSpawn, logFile }) => {
    store = await openStore({ side, home, environment, onSpawn, logFile });
    return { pid: store.pid ?? process.pid, exited: store.exited };
  });
  if (store === undefined) throw new Error('unreachable');
  return store;
}

async function seedSamples(crm: StackStore, cloud: StackStore, contacts: number): Promise<void> {
  await withClient(crm.adminUrl, (client) => seedSampleData(client, { contacts }));
  await withClient(cloud.adminUrl, (client) => seedSampleCloud(client));
}

async function withClient(url: string, body: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await body(client);
  } finally {
    await client.end();
  }
}

/** Attaches every table that exists; collections whose table is not there yet wait for `tidegate attach`. */
export async function attachAll(crm: StackStore, config: Config): Promise<void> {
  const pool = createPool(crm.adminUrl, { applicationName: 'tidegate start', maxConnections: 2 });
  try {
    const planned = [];
    for (const { tenant, environment, link, collections } of config.links)
      planned.push(...(await planCollections(pool, { tenant, environment, link }, 'crm', inParentOrder(collections).map(collectionSource))));
    for (const plans of plansByTable(planned.flatMap(({ plan }) => plan ?? []))) await attachTable(pool, plans);
  } finally {
    await pool.end();
  }
}

/** The third party's configuration file that a start uses: TIDEGATE_CLOUD_CONFIG, else the one in the working folder, else none. */
function cloudConfigFileOf(environment: StackStart['environment']): string | undefined {
  const named = environment['TIDEGATE_CLOUD_CONFIG'];
  if (named !== undefined) return resolve(named);
  const own = resolve('tidegate.cloud.config.ts');
  return existsSync(own) ? own : undefined;
}

/** The configuration file that a start uses: TIDEGATE_CONFIG, else the one in the working folder, else the package's own. */
export function configFileOf(environment: StackStart['environment']): string {
  const named = environment['TIDEGATE_CONFIG'];
  if (named !== undefined) return resolve(named);
  const own = resolve('tidegate.config.ts');
  return existsSync(own) ? own : ownProgram(import.meta.url, '../../tidegate.config');
}
