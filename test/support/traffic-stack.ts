import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { expect, vi } from 'vitest';
import { issueCertificate } from '../../adaptor/auth/certificate-authority.ts';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import { readCompactJws } from '../../adaptor/auth/compact-jws.ts';
import { postgresLinkStore } from '../../adaptor/data/control/link-store.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { applyEdits } from '../../cloud/service-manager/apply-edits.ts';
import type { Side } from '../../exchange/names.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { TidegateClient } from '../../scheduler/tidegate-client.ts';
import { runProgram } from '../cli/run-program.ts';
import { BY_HAND_ONLY } from './by-hand-only.ts';
import { type TestStack, makeHome, startStack } from './running-stack.ts';

const built = fileURLToPath(new URL('../../configuration/built-in.ts', import.meta.url));
const DAY_MS = 86_400_000;
const LINK = 'acme/development/hub';

/** The whole product as processes of its own, with contacts only and standing messages, and what tests of its trust do to it. */
export interface TrafficStack extends AsyncDisposable {
  readonly home: string;
  /** The CRM's own client of the job scheduler. */
  readonly tidegate: TidegateClient;
  readonly link: string;
  readonly stack: TestStack['stack'];
  /** As the stores' superusers. */
  readonly crm: Pool;
  readonly cloud: Pool;
  /** Runs `tidegate keys` at a side; its JSON. */
  keys<T = unknown>(side: Side, ...args: readonly string[]): Promise<T>;
  /** Changes a contact at the CRM. */
  changeAtCrm(note: string): Promise<void>;
  /** One of the third party's users changes the contact in the cloud. */
  changeAtCloud(title: string): Promise<void>;
  /** Waits until the cloud has what the CRM wrote last. */
  reachedCloud(note: string): Promise<void>;
  /** The note of the contact at the cloud. */
  notesAtCloud(): Promise<string | null | undefined>;
  reachedCrm(title: string): Promise<void>;
  /** Orders cloud changes in. */
  order(): Promise<string>;
  /** A change each way, and both arrive. */
  cycle(): Promise<void>;
  /** Number of cycles that were begun. */
  cycles(): number;
  /** Asks for forward synchronisation now, which starts a chain that has ended again. */
  sync(): Promise<void>;
  /** Key ids with which the last forward window was signed and receipted. */
  signedWith(): Promise<{ readonly manifest: string | undefined; readonly receipt: string | undefined }>;
  /** A new certificate of a side by the stack's authority; its PEM is also in a file. */
  issue(
    side: Side,
    lifetimeMs?: number,
  ): Promise<{ readonly file: string; readonly certificatePem: string; readonly keyPem: string; readonly thumbprint: string }>;
  /** Puts certificate and key in the place of a side's own. */
  install(side: Side, issued: { readonly certificatePem: string; readonly keyPem: string }): void;
  log(part: string): string;
  /** Codes of refusals in the cloud's audit log, and of runs at the CRM that did not end well. */
  refusals(): Promise<readonly string[]>;
}

/** Waits for something to hold. */
export const until = (check: () => Promise<void>, timeoutMs = 90_000): Promise<void> => vi.waitFor(check, { timeout: timeoutMs, interval: 50 });

/** Starts it. */
export async function startTrafficStack(): Promise<TrafficStack> {
  const { home, remove } = makeHome();
  const config = join(home, 'tidegate.config.ts');
  const link = {
    tenant: 'acme',
    environment: 'development',
    link: 'hub',
    schedules: BY_HAND_ONLY,
    reverse: { holdMs: 60_000 },
  };
  writeFileSync(
    config,
    `import { contacts } from ${JSON.stringify(built)};\nexport default { links: [{ ...${JSON.stringify(link)}, collections: [contacts] }] };\n`,
  );
  const running = await startStack(home, ['--contacts', '20'], { TIDEGATE_CONFIG: config });
  const { stack } = running;
  const pools: Pool[] = [];
  const open = (url: string): Pool => {
    const pool = createPool(url, { applicationName: 'test traffic', maxConnections: 3 });
    pools.push(pool);
    return pool;
  };
  const variable = (side: Side, name: string): string =>
    (JSON.parse(readFileSync(join(home, side, 'environment.json'), 'utf8')) as Record<string, string>)[name] ?? '';
  const [crm, cloud] = [open(stack.crm.databaseUrl), open(stack.cloud.databaseUrl)];
  const [consumer, employees] = [open(variable('crm', 'TIDEGATE_CRM_CONSUMER_URL')), open(variable('cloud', 'TIDEGATE_CLOUD_USER_DATABASE_URL'))];
  const temporal: TemporalClient = await connectTemporal({ address: stack.temporal.address, namespace: stack.temporal.namespace });
  const tidegate = new TidegateClient({ client: temporal.client, store: postgresLinkStore(consumer), taskQueue: 'tidegate' });
  const [contact] = await controlRows<{ id: string }>(cloud, 'select id from cloud.people order by id limit 1', []);
  const id = contact?.id ?? '';
  let cycles = 0;
  const the: TrafficStack = {
    home,
    tidegate,
    link: LINK,
    stack,
    crm,
    cloud,
    keys: async <T>(side: Side, ...args: readonly string[]) => {
      const { code, stdout, stderr } = await runProgram({ TIDEGATE_HOME: home }, 'keys', ...args, '--side', side, '--json');
      expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
      return JSON.parse(stdout) as T;
    },
    changeAtCrm: async (note) => void (await crm.query('update crm.contacts set note = $2 where id = $1', [id, note])),
    changeAtCloud: async (title) =>
      void (await applyEdits(employees, {
        tenant: 'acme',
        actor: 'employee@cloud.example',
        edits: [{ collection: 'contacts', key: { id }, set: { jobTitle: title } }],
      })),
    reachedCloud: (note) => until(async () => expect(await the.notesAtCloud()).toBe(note)),
    notesAtCloud: async () => (await controlRows<{ notes: string | null }>(cloud, 'select notes from cloud.people where id = $1', [id]))[0]?.notes,
    reachedCrm: (title) =>
      until(async () => expect(await controlRows(crm, 'select job_title as title from crm.contacts where id = $1', [id])).toEqual([{ title }])),
    order: async () => (await tidegate.orderReverse({ link: LINK, by: 'test' })).requestId,
    cycle: async () => {
      cycles += 1;
      const text = `cycle ${cycles}`;
      await the.changeAtCrm(text);
      await the.reachedCloud(text);
      await the.changeAtCloud(text);
      await the.order();
      await the.reachedCrm(text);
    },
    cycles: () => cycles,
    sync: async () => void (await tidegate.requestForward({ link: LINK, by: 'test' })),
    signedWith: async () => {
      const [window] = await controlRows<{ manifest: string; receipt: string }>(
        crm,
        `select manifest, receipt from tidegate.window where direction = 'forward' and state = 'receipted' and manifest is not null order by ordinal desc limit 1`,
        [],
      );
      const kid = (jws: string | undefined): string | undefined => (jws === undefined ? undefined : readCompactJws(jws).header.kid);
      return { manifest: kid(window?.manifest), receipt: kid(window?.receipt) };
    },
    issue: async (side, lifetimeMs = DAY_MS) => {
      const read = (name: string): string => readFileSync(join(home, 'authority', name), 'utf8');
      const issued = await issueCertificate(
        { certificatePem: read('ca.pem'), keyPem: read('ca.key') },
        {
          commonName: `${side} renewed`,
          role: side === 'crm' ? 'client' : 'server',
          dnsNames: ['localhost'],
          ipAddresses: ['127.0.0.1'],
          notBeforeMs: Date.now() - DAY_MS,
          notAfterMs: Date.now() + lifetimeMs,
        },
      );
      const { thumbprint } = certificateFacts(issued.certificatePem);
      const file = join(home, `${thumbprint}.pem`);
      writeFileSync(file, issued.certificatePem);
      return { ...issued, thumbprint, file };
    },
    install: (side, { certificatePem, keyPem }) => {
      writeFileSync(join(home, side, 'key.pem'), keyPem);
      writeFileSync(join(home, side, 'certificate.pem'), certificatePem);
    },
    log: (part) => readFileSync(join(home, 'logs', `${part}.log`), 'utf8'),
    refusals: async () => {
      const audited = await controlRows<{ code: string }>(cloud, `select code from tidegate.audit_event where event = 'request-refused' order by id`, []);
      const runs = await controlRows<{ code: string }>(
        crm,
        `select error_code as code from tidegate.run where state in ('refused', 'failed') order by started_at`,
        [],
      );
      return [...audited, ...runs].map(({ code }) => code);
    },
    [Symbol.asyncDispose]: async () => {
      await temporal.close();
      await Promise.all(pools.map((pool) => pool.end()));
      await running.stop();
      remove();
    },
  };
  return the;
}
