import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { temporalSettingsSchema } from '../../configuration/settings/temporal.ts';
import { temporalPlace } from '../../configuration/temporal-place.ts';
import { createTestAuthority } from '../support/test-pki.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-temporal-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const placeOf = (security: Readonly<Record<string, string>>) =>
  temporalPlace(readSettings(temporalSettingsSchema, { TIDEGATE_TEMPORAL_ADDRESS: 'temporal:7233', ...security }));
const bare = { address: 'temporal:7233', namespace: 'tidegate' };
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

describe('how Temporal is reached', () => {
  it('is plain text where nothing else is said', async () => {
    expect(await placeOf({})).toEqual(bare);
  });

  it('is TLS with its own authority, a client certificate and another name', async () => {
    const { ca, certificate, key } = await (await createTestAuthority()).client();
    const { tls, ...rest } = await placeOf({
      TIDEGATE_TEMPORAL_TLS_CA: write('ca.pem', ca, 0o644),
      TIDEGATE_TEMPORAL_TLS_CERTIFICATE: write('certificate.pem', certificate, 0o644),
      TIDEGATE_TEMPORAL_TLS_KEY: write('key.pem', key),
      TIDEGATE_TEMPORAL_TLS_SERVER_NAME: 'frontend.internal',
    });
    expect(rest).toEqual(bare);
    expect(tls?.serverNameOverride).toBe('frontend.internal');
    expect([tls?.serverRootCACertificate, tls?.clientCertPair?.crt, tls?.clientCertPair?.key].map(text)).toEqual([ca, certificate, key]);
  });

  it('never sends an API key in plain text, and takes it from a file', async () => {
    expect(await placeOf({ TIDEGATE_TEMPORAL_API_KEY_FILE: write('api-key', 'a key of the service\n') })).toEqual({
      ...bare,
      tls: {},
      apiKey: 'a key of the service',
    });
  });

  it.each([
    ['half of a pair', { TIDEGATE_TEMPORAL_TLS_KEY: 'key.pem' }, 'together'],
    ['the other half', { TIDEGATE_TEMPORAL_TLS_CERTIFICATE: 'certificate.pem' }, 'together'],
    ['a file that is missing', { TIDEGATE_TEMPORAL_TLS_CA: join(folder, 'none.pem') }, 'TIDEGATE_TEMPORAL_TLS_CA'],
  ])('is refused with %s', async (_what, security, told) => {
    await expect(placeOf(security)).rejects.toThrow(told);
  });

  it.skipIf(process.platform === 'win32')('is refused with a key that others may read', async () => {
    const { certificate, key } = await (await createTestAuthority()).client();
    const named = write('open-certificate.pem', certificate);
    const opened = placeOf({ TIDEGATE_TEMPORAL_TLS_CERTIFICATE: named, TIDEGATE_TEMPORAL_TLS_KEY: write('open.pem', key, 0o644) });
    await expect(opened).rejects.toThrow(/TIDEGATE_TEMPORAL_TLS_KEY: .*0600/);
  });
});
