import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPrivateJwk, generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import { HOME_FILES, sideEnvironment } from '../../../configuration/home.ts';
import { producerSettingsSchema } from '../../../configuration/settings/cloud.ts';
import {
  cloudEnvironment,
  cloudPageEnvironment,
  crmEnvironment,
  ownSettings,
  producerSettings,
  writeEnvironment,
} from '../../../workers/stack/environments.ts';
import { choosePort } from '../../../embedded/ports.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { observedEnvironments } from '../../../workers/stack/observed-environments.ts';
import { withOwnMaterial } from '../../../workers/stack/own-material.ts';
import { portIn, preferredPort } from '../../../workers/stack/ports.ts';
import { stepReporter } from '../../../workers/stack/progress.ts';
import type { StackStore } from '../../../workers/stack/store.ts';
import { codeOf } from '../../support/code-of.ts';
import { createTestAuthority } from '../../support/test-pki.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tidegate-env-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const storeOf = (side: 'crm' | 'cloud') =>
  ({ embedded: true, adminUrl: `postgres://${side}-admin`, roleUrl: (role: string) => `postgres://${role}@${side}` }) as unknown as StackStore;
const files = (side: string) => ({ ca: `/${side}/ca.pem`, certificate: `/${side}/cert.pem`, key: `/${side}/key.pem`, signingKey: `/${side}/signing.jwk` });
const material = { crm: files('crm'), cloud: files('cloud') } as unknown as Parameters<typeof cloudEnvironment>[1];
const temporal = { address: '127.0.0.1:7233', namespace: 'tidegate', ui: undefined, encoding: {}, security: {} } as unknown as Parameters<
  typeof crmEnvironment
>[2];
const crmSide = () =>
  crmEnvironment(storeOf('crm'), material, temporal, {
    cloudUrl: 'https://127.0.0.1:4701',
    crmPage: 'http://127.0.0.1:4700',
    configFile: '/tidegate.config.ts',
  });

describe('the environments of the processes', () => {
  it('give no side anything of the other: no key, no database, no address but the producer’s', () => {
    for (const [environment, other] of [
      [crmSide(), 'cloud'],
      [cloudEnvironment(storeOf('cloud'), material), 'crm'],
    ] as const) {
      const foreign = Object.entries(environment).filter(([, value]) => value.includes(`/${other}/`) || value.endsWith(`@${other}`));
      expect(foreign).toEqual([]);
      expect(Object.values(environment)).not.toContain(`postgres://${other}-admin`);
    }
  });

  it('hold no administrator’s address: processes sign in as the roles that they need', () => {
    for (const environment of [crmSide(), cloudEnvironment(storeOf('cloud'), material)]) expect(Object.values(environment).join()).not.toContain('-admin');
  });

  it('of the third party’s page hold no key and none of the producer’s roles', () => {
    const page = cloudPageEnvironment(storeOf('cloud'));
    expect(Object.values(page).toSorted()).toEqual(['postgres://cloud_page@cloud', 'postgres://cloud_user@cloud']);
    // The command line of that side, which edits and gives passwords, has them too.
    expect(cloudEnvironment(storeOf('cloud'), material)).toMatchObject(page);
  });

  it('are written for their owner only, also where they are written again', async () => {
    for (let n = 0; n < 2; n++) await writeEnvironment(folder, 'crm', { A: String(n) });
    const file = join(folder, HOME_FILES.environment('crm'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(sideEnvironment('crm', { TIDEGATE_HOME: folder })).toMatchObject({ A: '1' });
  });

  it('take over what was set for one process by its name, and nothing that was set to nothing', () => {
    const set = { TIDEGATE_CRM_APP_ORIGIN: 'https://crm.example.com', TIDEGATE_CRM_APP_PORT: '', TIDEGATE_CLOUD_PAGE_PORT: '1', HOME: '/root' };
    expect(ownSettings(set, 'TIDEGATE_CRM_APP_')).toEqual({ TIDEGATE_CRM_APP_ORIGIN: 'https://crm.example.com' });
  });

  it('leave the producer what was set for it, as far as the stack does not say it itself', () => {
    const names = Object.keys(producerSettingsSchema.shape);
    const taken = Object.keys(producerSettings(Object.fromEntries(names.map((name) => [name, '1']))));
    const own = { ...cloudEnvironment(storeOf('cloud'), material), TIDEGATE_CLOUD_CONFIG: '' };
    // Where it listens, and what all processes are told alike (observed-environments.ts).
    const others = /^TIDEGATE_PRODUCER_(HOST|PORT|PLAIN_PORT)$|^TIDEGATE_(LOG_LEVEL|METRICS_\w+|TRACE_RATIO|TLS_CRL)$|^OTEL_/;
    expect(taken.toSorted()).toEqual(names.filter((name) => !(name in own) && !others.test(name)).toSorted());
    expect(taken.length).toBeGreaterThan(5);
  });
});

describe('a port in a variable', () => {
  it.each([
    ['4700', 4700],
    ['0', 0],
    ['65535', 65_535],
    [' 80 ', 80],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (text, port) => expect(portIn({ TIDEGATE_CRM_APP_PORT: text }, 'TIDEGATE_CRM_APP_PORT')).toBe(port));

  it.each(['http', '65536', '-1', '1.5', '0x10', '80 81', '1e3'])(
    '%j is refused by the variable’s name: it is not said to be taken by another program',
    async (text) => {
      const wrong = expect.objectContaining({ code: 'configuration-invalid', message: expect.stringContaining('TIDEGATE_CRM_APP_PORT') as string });
      await expect(preferredPort({ TIDEGATE_CRM_APP_PORT: text }, 'TIDEGATE_CRM_APP_PORT', 4700)).rejects.toEqual(wrong);
    },
  );

  it('that is taken is refused where it was asked for, and passed over where it is only the usual one', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      expect(await codeOf(preferredPort({ P: String(port) }, 'P', 1))).toBe('port-busy');
      expect(await preferredPort({}, 'P', port)).not.toBe(port);
    } finally {
      other.close();
    }
  });
});

describe('what processes tell of themselves', () => {
  it('is told alike to all, and metrics nowhere unless they are asked for', async () => {
    const { sdkUrl, ...processes } = await observedEnvironments({
      TIDEGATE_LOG_LEVEL: 'debug',
      TIDEGATE_CRM_CONSUMER_URL: 'postgres://secret',
      TIDEGATE_METRICS_PORT: '',
    });
    expect(sdkUrl).toBeUndefined();
    for (const environment of Object.values(processes)) {
      expect(environment).toMatchObject({ TIDEGATE_LOG_LEVEL: 'debug' });
      expect(environment).not.toHaveProperty('TIDEGATE_METRICS_PORT');
      expect(JSON.stringify(environment)).not.toContain('secret');
    }
  });

  it('is on ports that all differ', async () => {
    const { crmApp, worker, producer, cloudPage, sdkUrl } = await observedEnvironments({ TIDEGATE_METRICS_PORT: '0' });
    const ports = [crmApp, worker, producer, cloudPage].map((environment) => environment['TIDEGATE_METRICS_PORT']);
    const sdk = worker['TIDEGATE_TEMPORAL_METRICS_PORT'];
    expect(sdkUrl).toBe(`http://127.0.0.1:${sdk}/metrics`);
    for (const port of [...ports, sdk]) expect(Number(port)).toBeGreaterThan(0);
    expect(new Set([...ports, sdk]).size).toBe(5);
  });

  it('is on ports in a row from the first one', async () => {
    // Another program may have one of them: then those from another one.
    for (let tries = 1; ; tries++) {
      const first = await choosePort();
      try {
        const { crmApp, worker, producer, cloudPage } = await observedEnvironments({ TIDEGATE_METRICS_PORT: String(first) });
        const told = [crmApp, worker, producer, cloudPage].map((environment) => Number(environment['TIDEGATE_METRICS_PORT']) - first);
        expect([...told, Number(worker['TIDEGATE_TEMPORAL_METRICS_PORT']) - first]).toEqual([0, 1, 3, 4, 2]);
        return;
      } catch (error) {
        if (!(error instanceof TidegateError) || tries === 20) throw error;
      }
    }
  });

  it('is not begun on a port that is none', async () => {
    expect(await codeOf(observedEnvironments({ TIDEGATE_METRICS_PORT: 'on' }))).toBe('configuration-invalid');
  });
});

describe('certificates and keys of the company’s own', () => {
  /** Files of a side, as they would be made. */
  async function sideFiles(side: string) {
    const { ca, certificate, key } = await (await createTestAuthority()).client();
    const file = (name: string, text: string) => {
      const path = join(folder, `${side}-${name}`);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    return { ca: file('ca.pem', ca), certificate: file('cert.pem', certificate), key: file('key.pem', key), signingKey: file('signing.json', '{}') };
  }
  const madeOf = async () => {
    const [crm, cloud] = await Promise.all([sideFiles('crm'), sideFiles('cloud')]);
    return { crm, cloud, keys: [], clientCertificate: { party: 'crm:a/b/c' }, serverCertificate: { party: 'cloud:a/b/c' } } as unknown as Parameters<
      typeof withOwnMaterial
    >[0];
  };

  it('take the place of those that were made, side by side', async () => {
    const made = await madeOf();
    const own = await sideFiles('own');
    const used = await withOwnMaterial(made, { TIDEGATE_CRM_TLS_CERTIFICATE: own.certificate, TIDEGATE_CRM_TLS_KEY: own.key });
    expect(used.crm).toEqual({ ...made.crm, certificate: own.certificate, key: own.key });
    expect(used.cloud).toEqual(made.cloud);
    expect(used.clientCertificate).toMatchObject({ party: 'crm:a/b/c', thumbprint: expect.any(String) });
  });

  it('are refused by half, where they do not belong together, and where they cannot be read', async () => {
    const made = await madeOf();
    const [own, other] = await Promise.all([sideFiles('own'), sideFiles('other')]);
    for (const half of [{ TIDEGATE_CRM_TLS_CERTIFICATE: own.certificate }, { TIDEGATE_CLOUD_TLS_KEY: own.key }])
      expect(await codeOf(withOwnMaterial(made, half))).toBe('configuration-invalid');
    for (const [certificate, key] of [
      [own.certificate, other.key],
      [own.certificate, join(folder, 'none.pem')],
      [own.signingKey, own.key],
    ])
      expect(await codeOf(withOwnMaterial(made, { TIDEGATE_CLOUD_TLS_CERTIFICATE: certificate, TIDEGATE_CLOUD_TLS_KEY: key }))).toBe('configuration-invalid');
  });

  it('are registered in the place of the made key of that party, and of no other', async () => {
    const made = await madeOf();
    const party = 'crm:acme/test/hub';
    const [mine, theirs] = await Promise.all([generateSigningKey(party), generateSigningKey('cloud:acme/test/hub')]);
    const registered = [mine, theirs].map((key) => ({ party: key.party, publicJwk: key.publicJwk, notBeforeMs: 0, notAfterMs: 1 }));
    const own = await createPrivateJwk(party);
    const file = join(folder, 'own-signing.json');
    writeFileSync(file, JSON.stringify({ keys: [own] }), { mode: 0o600 });
    const used = await withOwnMaterial({ ...made, keys: registered }, { TIDEGATE_CRM_SIGNING_KEY: file });
    expect(used.keys.map((key) => [key.party, key.publicJwk.x])).toEqual([
      [theirs.party, theirs.publicJwk.x],
      [party, own.x],
    ]);
    expect(used.keys[1]?.notAfterMs).toBeGreaterThan(Date.now());
  });
});

describe('the steps of a start', () => {
  it('are a line each, when it is done, and none for what never began', () => {
    const lines: string[] = [];
    const report = stepReporter({ write: (text: string) => lines.push(text), isTTY: false } as unknown as NodeJS.WriteStream);
    report.done();
    report.step('producer');
    expect(lines).toEqual([]);
    report.step('worker');
    report.done();
    report.done();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^ {2}producer \(\d+\.\d s\)\n$/);
    expect(lines[1]).toMatch(/^ {2}worker \(\d+\.\d s\)\n$/);
  });

  it('show what is being done on a terminal, and take it away once it is done', () => {
    let screen = '';
    const report = stepReporter({ write: (text: string) => (screen += text), isTTY: true } as unknown as NodeJS.WriteStream);
    report.step('producer');
    expect(screen).toBe('  producer ...');
    report.done();
    expect(screen.replace(/\d+\.\d s/, '? s')).toBe('  producer ...\r\u001B[K  producer (? s)\n');
  });
});
