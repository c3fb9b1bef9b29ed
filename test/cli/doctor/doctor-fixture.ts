import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { attachTable } from '../../../adaptor/data/capture/attach.ts';
import { registerKey } from '../../../adaptor/auth/register.ts';
import { ensureSigningKeys } from '../../../adaptor/auth/signing-key-file.ts';
import type { TlsMaterial } from '../../../adaptor/auth/tls.ts';
import type { Check } from '../../../cli/doctor/finding.ts';
import { diagnose } from '../../../cli/doctor/diagnose.ts';
import { type Parts, openParts } from '../../../cli/doctor/parts.ts';
import { planAttachments } from '../../../cli/plan-attachments.ts';
import { contacts, tasks } from '../../../configuration/built-in.ts';
import { checkConfig } from '../../../configuration/load-config.ts';
import { partyId } from '../../../exchange/claims.ts';
import type { LinkIdentity, Side } from '../../../exchange/names.ts';
import { type MigratedDatabase, createMigratedDatabase } from '../../support/migrated-database.ts';
import { testTemporal } from '../../support/temporal.ts';
import { type TestProducer, startTestProducer } from '../../support/test-producer.ts';

const DAY_MS = 86_400_000;

/** A company and a third party whose parts are all well, until a test breaks one: stores, keys, certificates, a producer, Temporal. */
export interface Patient extends AsyncDisposable {
  readonly folder: string;
  readonly link: LinkIdentity;
  readonly name: string;
  readonly taskQueue: string;
  readonly crm: MigratedDatabase<'crm'>;
  /** Superusers of the two stores. */
  readonly crmAdmin: Pool;
  readonly cloudAdmin: Pool;
  readonly producer: TestProducer;
  readonly environment: Readonly<Record<Side, Readonly<Record<string, string>>>>;
  /** What a check says that is not well, as `severity subject: detail`; every such finding has its advice. Variables and clock can be others. */
  complaints(check: Check<Parts>, changed?: { side?: Side; variables?: Record<string, string | undefined>; nowMs?: () => number }): Promise<readonly string[]>;
}

/** Makes the patient. */
export async function createPatient(): Promise<Patient> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-doctor-'));
  const link = { tenant: 'acme', environment: 'test', link: `d-${randomUUID().slice(0, 8)}` };
  const [crm, producer, temporal] = await Promise.all([createMigratedDatabase('crm'), startTestProducer({ link }), testTemporal()]);
  const crmAdmin = new Pool({ connectionString: crm.adminUrl, max: 2 });
  crmAdmin.on('error', () => undefined);
  const input = { links: [{ ...link, collections: [contacts, tasks] }] };
  const configFile = join(folder, 'tidegate.config.mjs');
  writeFileSync(configFile, `export default ${JSON.stringify(input)};`);
  const { tables } = await planAttachments(crmAdmin, checkConfig(input));
  for (const plans of tables) await attachTable(crmAdmin, plans);
  for (const side of ['crm', 'cloud'] as const) {
    const [key] = (await ensureSigningKeys(join(folder, `${side}.jwk`), [partyId(side, link)])).values();
    if (key === undefined) throw new Error('no key was made');
    const registration = { party: key.party, publicJwk: key.publicJwk, notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + 100 * DAY_MS };
    for (const store of [crmAdmin, producer.admin]) await registerKey(store, registration);
  }
  // What is registered for an hour only would be warned of; keys that only the producer itself has are not looked for.
  await producer.admin.query(`update tidegate.trusted_certificate set not_after = now() + interval '100 days'`);
  const [crmTls, cloudTls] = [writeTls(folder, 'crm', producer.crmTls), writeTls(folder, 'cloud', await producer.authority.server())];
  const taskQueue = `doctor-${randomUUID()}`;
  const environment = {
    crm: {
      ...crmTls,
      TIDEGATE_HOME: folder,
      TIDEGATE_CONFIG: configFile,
      TIDEGATE_TEMPORAL_ADDRESS: temporal.address,
      TIDEGATE_TEMPORAL_NAMESPACE: temporal.namespace,
      TIDEGATE_TASK_QUEUE: taskQueue,
      TIDEGATE_CLOUD_URL: producer.url,
      TIDEGATE_CRM_CONSUMER_URL: crm.urls.tidegate_consumer,
      TIDEGATE_CRM_REVERSE_URL: crm.urls.tidegate_reverse,
      TIDEGATE_CRM_VERIFIER_URL: crm.urls.tidegate_verifier,
      TIDEGATE_CRM_PAGE_URL: crm.urls.crm_page,
      TIDEGATE_CRM_KEEPER_URL: crm.urls.tidegate_crm_keeper,
    },
    cloud: {
      ...cloudTls,
      TIDEGATE_HOME: folder,
      TIDEGATE_PRODUCER_DATABASE_URL: producer.database.urls.tidegate_producer,
      TIDEGATE_REGISTRAR_DATABASE_URL: producer.database.urls.tidegate_registrar,
      TIDEGATE_CLOUD_KEEPER_DATABASE_URL: producer.database.urls.tidegate_cloud_keeper,
    },
  };
  return {
    folder,
    link,
    name: `${link.tenant}/${link.environment}/${link.link}`,
    taskQueue,
    crm,
    crmAdmin,
    cloudAdmin: producer.admin,
    producer,
    environment,
    complaints: async (check, { side = 'crm', variables = {}, nowMs = Date.now } = {}) => {
      await using parts = openParts(side, { ...environment[side], ...variables }, nowMs);
      const findings = await diagnose(parts, [check]);
      const bad = findings.filter(({ severity }) => severity !== 'ok');
      for (const { severity, advice, detail } of bad) {
        if (severity !== 'skipped' && !/^[A-Z].*[.]?$/s.test(advice ?? '')) throw new Error(`"${detail}" comes without advice`);
      }
      return bad.map(({ severity, subject, detail }) => `${severity} ${subject}: ${detail}`);
    },
    [Symbol.asyncDispose]: async () => {
      await crmAdmin.end();
      await producer[Symbol.asyncDispose]();
      await crm.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes a side's TLS material where only its owner reads it, and gives the variables that name the files. */
export function writeTls(folder: string, name: string, { ca, certificate, key }: TlsMaterial): Record<string, string> {
  const write = (kind: string, text: string): string => {
    const file = join(folder, `${name}-${kind}.pem`);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  return {
    TIDEGATE_TLS_CA: write('ca', ca),
    TIDEGATE_TLS_CERTIFICATE: write('certificate', certificate),
    TIDEGATE_TLS_KEY: write('key', key),
    TIDEGATE_SIGNING_KEY: join(folder, `${name}.jwk`),
  };
}
