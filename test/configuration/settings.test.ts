import { describe, expect, it } from 'vitest';
import { producerSettingsSchema, readSettings } from '../../configuration/settings.ts';

const complete = {
  TIDEGATE_TLS_CA: 'ca.pem',
  TIDEGATE_TLS_CERTIFICATE: 'certificate.pem',
  TIDEGATE_TLS_KEY: 'key.pem',
  TIDEGATE_SIGNING_KEY: 'signing.jwk',
  TIDEGATE_PRODUCER_DATABASE_URL: 'postgresql://tidegate_producer:secret@127.0.0.1/cloud',
  TIDEGATE_REGISTRAR_DATABASE_URL: 'postgresql://tidegate_registrar:secret@127.0.0.1/cloud',
};

describe('settings', () => {
  it('are read with their defaults', () => {
    const settings = readSettings(producerSettingsSchema, { ...complete, TIDEGATE_PRODUCER_PORT: '8443', UNRELATED: 'x' });
    expect(settings.TIDEGATE_PRODUCER_PORT).toBe(8443);
    expect(settings.TIDEGATE_PRODUCER_HOST).toBe('127.0.0.1');
  });

  it('are refused with every fault by name, and never show a value', () => {
    const wrong = { ...complete, TIDEGATE_PRODUCER_PORT: '99999', TIDEGATE_PRODUCER_DATABASE_URL: 'mysql://u:secret@h/d', TIDEGATE_TLS_CA: undefined };
    const error = (() => {
      try {
        return readSettings(producerSettingsSchema, wrong);
      } catch (thrown) {
        return thrown as Error;
      }
    })() as Error;
    expect(error.message).toContain('TIDEGATE_PRODUCER_PORT');
    expect(error.message).toContain('TIDEGATE_PRODUCER_DATABASE_URL');
    expect(error.message).toContain('TIDEGATE_TLS_CA');
    expect(error.message).not.toContain('secret');
  });
});
