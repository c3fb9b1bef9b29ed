import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCodec } from '../../adaptor/auth/codec/payload-codec.ts';
import { ensureCodecKeys } from '../../adaptor/auth/codec/codec-key-file.ts';
import { ensureDevelopmentKeys } from '../../adaptor/auth/development-keys.ts';
import { openLiveSigningKeys } from '../../adaptor/auth/live-signing-keys.ts';
import { openLiveTls } from '../../adaptor/auth/live-tls.ts';
import { ensureSealKeys, fileKeyWrapper } from '../../adaptor/auth/sealing/seal-key-file.ts';
import { sideEnvironment } from '../../configuration/home.ts';
import { loadCloudConfig, loadConfig } from '../../configuration/load-config.ts';
import { rolePasswords } from '../../configuration/role-passwords.ts';
import { initSettingsSchema } from '../../configuration/settings/command-line.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { temporalSettingsSchema } from '../../configuration/settings/temporal.ts';
import { temporalPlace } from '../../configuration/temporal-place.ts';
import type { TidegateError } from '../../exchange/errors.ts';
import { withOwnMaterial } from '../../workers/stack/own-material.ts';
import { createTestAuthority } from '../support/test-pki.ts';

/*
 * Every file that a process or a command reads at its start, damaged in every way that a crash, an editor or a mistake brings: each
 * is refused by a typed error that names the file, never what it holds, and the file stays as it is for whoever mends it.
 */

const folder = mkdtempSync(join(tmpdir(), 'tidegate-damaged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: readonly string[]): string => join(folder, ...names);
const tls = { ca: at('ca.pem'), certificate: at('certificate.pem'), key: at('key.pem'), crl: at('crl.pem') };
const links = [{ tenant: 'acme', environment: 'test', link: 'hub' }];
const observer = { taken: () => undefined, refused: () => undefined };
const CONFIG = `export default { links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [
  { name: 'contacts', table: 'crm.contacts', key: ['id'], fields: { id: 'id' } }] }] };`;

const openTls = async (): Promise<void> => (await openLiveTls(tls, observer))[Symbol.dispose]();
const temporal = (variables: Readonly<Record<string, string>>) =>
  temporalPlace(readSettings(temporalSettingsSchema, { TIDEGATE_TEMPORAL_ADDRESS: 'temporal:7233', ...variables }));
const pair = { TIDEGATE_TEMPORAL_TLS_CERTIFICATE: tls.certificate, TIDEGATE_TEMPORAL_TLS_KEY: tls.key };
const own = async (): Promise<unknown> =>
  withOwnMaterial(await ensureDevelopmentKeys(at('made'), { links }), { TIDEGATE_CRM_TLS_CERTIFICATE: tls.certificate, TIDEGATE_CRM_TLS_KEY: tls.key });

/** A module is read once in a process, so that each reading is of a copy of its own. */
let copies = 0;
function anew(name: string): string {
  const copy = at(`copy-${copies++}`, name);
  cpSync(at(name), copy, { recursive: true });
  return copy;
}

/** A file and how it is read. */
interface Read {
  readonly what: string;
  readonly file: string;
  readonly read: () => unknown;
  /** How an error names it, where not by the whole path. */
  readonly named?: string;
  /** Where half of it may be a whole of its kind. */
  readonly halved?: false;
}

const READ: readonly Read[] = [
  {
    what: 'what the stack wrote down for a side',
    file: at('home', 'crm', 'environment.json'),
    read: () => sideEnvironment('crm', { TIDEGATE_HOME: at('home') }),
  },
  { what: 'the passwords of database roles', file: at('home', 'crm', 'role-passwords.json'), read: () => rolePasswords(at('home'), 'crm', ['a', 'b']) },
  {
    what: 'a secret that a _FILE variable names',
    file: at('url'),
    read: () => readSettings(initSettingsSchema, { TIDEGATE_CRM_ADMIN_URL_FILE: at('url') }),
    halved: false,
  },
  { what: 'the configuration', file: at('tidegate.config.mjs'), read: () => loadConfig(anew('tidegate.config.mjs')), named: 'tidegate.config.mjs' },
  {
    what: 'the third party’s configuration',
    file: at('tidegate.cloud.config.mjs'),
    read: () => loadCloudConfig(anew('tidegate.cloud.config.mjs')),
    named: 'tidegate.cloud.config.mjs',
  },
  { what: 'the authority that is believed', file: tls.ca, read: openTls },
  { what: 'the own certificate', file: tls.certificate, read: openTls },
  { what: 'its key', file: tls.key, read: openTls },
  { what: 'the revocation list', file: tls.crl, read: openTls },
  { what: 'the own certificate of an embedded stack', file: tls.certificate, read: own },
  { what: 'its key, there', file: tls.key, read: own },
  { what: 'the authority of an embedded stack', file: at('made', 'authority', 'ca.pem'), read: own },
  { what: 'a certificate of an embedded stack', file: at('made', 'cloud', 'certificate.pem'), read: own },
  { what: 'the signing keys', file: at('signing-key.json'), read: async () => (await openLiveSigningKeys(at('signing-key.json'), observer))[Symbol.dispose]() },
  { what: 'the keys of sealed fields', file: at('seal.json'), read: () => fileKeyWrapper(at('seal.json')).currentKeyId() },
  { what: 'the keys of the codec', file: at('codec.json'), read: () => openCodec(at('codec.json')) },
  { what: 'the authority of the Temporal frontend', file: tls.ca, read: () => temporal({ TIDEGATE_TEMPORAL_TLS_CA: tls.ca }) },
  { what: 'the certificate for the Temporal frontend', file: tls.certificate, read: () => temporal(pair) },
  { what: 'its key, here', file: tls.key, read: () => temporal(pair) },
];

const DAMAGES: Readonly<Record<string, (content: Buffer) => string | Uint8Array>> = {
  'cut in half': (content) => content.subarray(0, Math.floor(content.length * 0.6)),
  empty: () => '',
  'of zeros': (content) => new Uint8Array(content.length),
  'in UTF-16': (content) => Buffer.from(`\uFEFF${content.toString()}`, 'utf16le'),
  'something else': () => 'hunter2 {',
};

beforeAll(async () => {
  const authority = await createTestAuthority();
  const { ca, certificate, key } = await authority.client();
  const made = await ensureDevelopmentKeys(at('made'), { links });
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o600 });
  };
  write(tls.ca, ca);
  write(tls.certificate, certificate);
  write(tls.key, key);
  write(tls.crl, await authority.revoke([]));
  write(at('home', 'crm', 'environment.json'), '{"A_URL": "postgresql://a:hunter2@h/d"}');
  write(at('url'), 'postgresql://a:hunter2@h/d');
  write(at('tidegate.config.mjs'), CONFIG);
  write(at('tidegate.cloud.config.mjs'), 'export default { access: [] };');
  write(at('signing-key.json'), readFileSync(made.crm.signingKey, 'utf8'));
  await rolePasswords(at('home'), 'crm', ['a', 'b']);
  await ensureSealKeys(at('seal.json'));
  await ensureCodecKeys(at('codec.json'));
});

/** The error of a reader; undefined where it takes the file. */
async function refusal(read: () => unknown): Promise<TidegateError | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    return error as TidegateError;
  }
}

describe.each(READ)('$what', ({ file, read, named = file, halved = true }) => {
  /** Does something to the file, and puts it back as it was. */
  async function spoiled<T>(spoil: () => void, then: () => Promise<T>): Promise<T> {
    const content = readFileSync(file);
    try {
      spoil();
      return await then();
    } finally {
      rmSync(file, { recursive: true, force: true });
      writeFileSync(file, content, { mode: 0o600 });
    }
  }

  it('is read as it was written, and with a byte order mark before it', async () => {
    expect(await refusal(read)).toBeUndefined();
    await spoiled(
      () => writeFileSync(file, Buffer.concat([Buffer.from('\uFEFF'), readFileSync(file)])),
      async () => expect(await refusal(read)).toBeUndefined(),
    );
  });

  it.each(Object.keys(DAMAGES).filter((damage) => halved || damage !== 'cut in half'))('is refused %s, by its name and without its content', async (damage) => {
    const before = readFileSync(file);
    const spoil = DAMAGES[damage]?.(before) ?? '';
    await spoiled(
      () => writeFileSync(file, spoil),
      async () => {
        const error = await refusal(read);
        expect(error).toMatchObject({ code: 'configuration-invalid', message: expect.stringContaining(named) });
        for (const secret of ['hunter2', before.toString('latin1').slice(-30, -10)]) expect(error?.message).not.toContain(secret);
        // Nothing was made anew in its place.
        expect(readFileSync(file)).toEqual(Buffer.from(spoil));
      },
    );
  });

  it('is refused where a folder stands in its place', async () => {
    await spoiled(
      () => {
        rmSync(file);
        mkdirSync(file);
      },
      async () => expect(await refusal(read)).toMatchObject({ code: 'configuration-invalid', message: expect.stringContaining(named) }),
    );
  });
});

it('is no key that others may read', async () => {
  for (const { file, read } of READ.filter(({ what }) => /key|passwords/.test(what))) {
    chmodSync(file, 0o644);
    expect(await refusal(read)).toMatchObject({ code: 'configuration-invalid', message: expect.stringMatching(/set its mode to 0600/) });
    chmodSync(file, 0o600);
  }
});
