import type { AddressInfo } from 'node:net';
import type { Server } from 'node:tls';
import type { Pool } from 'pg';
import { postgresCertificateRegistry } from '../adaptor/auth/certificate-registry.ts';
import { postgresKeyRegistry } from '../adaptor/auth/key-registry.ts';
import { pruneUsedIds } from '../adaptor/auth/single-use.ts';
import { serverTlsOptions } from '../adaptor/auth/tls.ts';
import { connect, createPool } from '../adaptor/data/pool.ts';
import { assertRolesSafe } from '../adaptor/data/roles/assert-roles-safe.ts';
import type { CloudAccess } from '../cloud/service-manager/employee-access.ts';
import { assertAccessProvisioned } from '../cloud/service-manager/provision-access.ts';
import { loadCloudConfig } from '../configuration/load-config.ts';
import { STORE_ROLES, type StoreRole } from '../adaptor/data/roles/role-names.ts';
import { createChangeListener } from '../cloud/producer/change-listener.ts';
import { DEFAULT_LIMITS } from '../cloud/producer/dependencies.ts';
import { createPlainListener } from '../cloud/producer/plain-listener.ts';
import { buildProducer } from '../cloud/producer/server.ts';
import { refreshCapture } from '../cloud/service-manager/register-collection.ts';
import { producerSettingsSchema } from '../configuration/settings/cloud.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { TidegateError } from '../exchange/errors.ts';
import { startProcess } from './observation/start-process.ts';
import { openLiveMaterial } from './observation/live-material.ts';
import { observeProcess, tellCertificateFiles } from './observation/observe-process.ts';
import { readStore } from './observation/read-store.ts';
import { closeApp } from './observation/close-app.ts';
import { forgetStore, tellStore } from './observation/tell-store.ts';
import { pruneRegularly } from './producer/prune-regularly.ts';
import { producerObserver } from './producer/observe-producer.ts';
import { hostInUrl } from '../observability/http/host-in-url.ts';

/*
 * The producer's process, at the third party: reads its settings from the environment, checks its roles, listens, and
 * tells its parent `{ ready: true, url, plainUrl }`. SIGTERM and SIGINT let requests that are under way end.
 */

/** How often ids that can't be used again anyway are forgotten. */
const PRUNE_EVERY_MS = 10 * 60_000;

async function main(): Promise<void> {
  const settings = readSettings(producerSettingsSchema, process.env);
  const pool = createPool(settings.TIDEGATE_PRODUCER_DATABASE_URL, { applicationName: 'tidegate producer', maxConnections: 16 });
  const registrarPool = createPool(settings.TIDEGATE_REGISTRAR_DATABASE_URL, { applicationName: 'tidegate registrar', maxConnections: 2 });
  const observation = observeProcess('producer', settings, { producer: pool, registrar: registrarPool });
  const { log, metrics } = observation;
  await assertSafe(pool, 'tidegate_producer');
  await assertSafe(registrarPool, 'tidegate_registrar');
  const { access } = await loadCloudConfig(settings.TIDEGATE_CLOUD_CONFIG);
  await assertProvisioned(registrarPool, access);
  await refreshCapture({ pool, registrarPool, access });

  // New connections are made with new files; those that are open prove themselves at every request, and end with their age.
  const [material, changes] = await Promise.all([
    openLiveMaterial(settings, log, metrics, { tls: (renewed) => (app.server as unknown as Server).setSecureContext(serverTlsOptions(renewed)) }),
    createChangeListener(pool),
  ]);
  const { keys, tls } = material;
  const registry = postgresKeyRegistry(pool);
  const certificates = postgresCertificateRegistry(pool);
  const observer = producerObserver(log, metrics);
  const app = buildProducer({
    pool,
    registrarPool,
    access,
    keys,
    registry,
    certificates,
    changes,
    log,
    limits: { ...DEFAULT_LIMITS, rate: { requests: settings.TIDEGATE_PRODUCER_RATE_REQUESTS, windowMs: settings.TIDEGATE_PRODUCER_RATE_WINDOW_MS } },
    observer,
    tls: tls.material,
    revocations: () => tls.revocations,
  });
  await app.listen({ host: settings.TIDEGATE_PRODUCER_HOST, port: settings.TIDEGATE_PRODUCER_PORT });
  const url = `https://${hostInUrl(settings.TIDEGATE_PRODUCER_HOST)}:${portOf(app.server.address())}`;

  const plain = createPlainListener(() => url);
  await new Promise<void>((resolve, reject) => {
    plain.once('error', reject);
    plain.listen(settings.TIDEGATE_PRODUCER_PLAIN_PORT, settings.TIDEGATE_PRODUCER_HOST, resolve);
  });
  const plainUrl = `http://${hostInUrl(settings.TIDEGATE_PRODUCER_HOST)}:${portOf(plain.address())}`;
  if (metrics !== undefined) {
    readStore(
      metrics,
      log,
      () => tellStore(metrics, pool),
      () => forgetStore(metrics),
    );
    tellCertificateFiles(metrics, { own: settings.TIDEGATE_TLS_CERTIFICATE, authority: settings.TIDEGATE_TLS_CA });
  }
  const metricsServer = await observation.serve();
  const prune = setInterval(() => void pruneUsedIds(pool).catch(() => undefined), PRUNE_EVERY_MS).unref();
  const retention = pruneRegularly(pool, log, settings);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info('stopping');
    clearInterval(prune);
    material[Symbol.dispose]();
    await retention.stop();
    plain.close();
    plain.closeAllConnections();
    // Held answers end at once; what is being applied is finished.
    await changes.close();
    await closeApp(app);
    await metricsServer?.close();
    await Promise.all([pool.end(), registrarPool.end()]);
    await observation.stop();
    process.disconnect?.();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  const told = { url, plainUrl, ...(metricsServer === undefined ? {} : { metricsUrl: metricsServer.url }) };
  log.info(told, 'ready');
  process.send?.({ ready: true, ...told });
}

/** The store's roles hold no power that goes round its rules, and a pool signs in as the one it is meant for. Throws `role-unsafe`. */
async function assertSafe(pool: Pool, role: StoreRole<'cloud'>): Promise<void> {
  const client = await connect(pool);
  try {
    await assertRolesSafe(client, STORE_ROLES.cloud);
    const { rows } = await client.query<{ name: string }>('select session_user as name');
    const name = rows[0]?.name ?? '';
    if (name !== role) throw new TidegateError('role-unsafe', `${name} signs in where ${role} should.`, { roles: [name] });
  } finally {
    client.release();
  }
}

/** The database roles of the rules of access are there. Throws `configuration-invalid`. */
async function assertProvisioned(pool: Pool, access: CloudAccess): Promise<void> {
  const client = await connect(pool);
  await assertAccessProvisioned(client, access).finally(() => client.release());
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

await startProcess('producer', main);
