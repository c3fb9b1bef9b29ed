import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { createPrivateJwk, generateSigningKey, keyId, signingKeyFrom } from '../../../adaptor/auth/signing-key.ts';
import { codeOf } from '../../support/code-of.ts';
import { CRM } from './sample-link.ts';

describe('a signing key', () => {
  it('is named by the RFC 7638 thumbprint of its public half', async () => {
    // RFC 8037, appendix A.3.
    expect(await keyId({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' })).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    const key = await generateSigningKey(CRM);
    expect(key.kid).toBe(await calculateJwkThumbprint(key.publicJwk));
    expect(key.party).toBe(CRM);
  });

  it('keeps its private half to itself', async () => {
    const key = await generateSigningKey(CRM);
    expect(key.privateKey.extractable).toBe(false);
    expect(Object.keys(key.publicJwk).toSorted()).toEqual(['crv', 'kty', 'x']);
    expect(JSON.stringify(key)).not.toContain('"d"');
  });

  it('comes back from its JWK', async () => {
    const jwk = await createPrivateJwk(CRM);
    expect(await signingKeyFrom(jwk)).toMatchObject({ kid: jwk.kid, party: CRM, publicJwk: { x: jwk.x } });
  });

  it('is refused where its parts do not belong together', async () => {
    const [one, two] = await Promise.all([createPrivateJwk(CRM), createPrivateJwk(CRM)]);
    expect(await codeOf(signingKeyFrom({ ...one, kid: two.kid }))).toBe('configuration-invalid');
    expect(await codeOf(signingKeyFrom({ ...one, d: two.d }))).toBe('configuration-invalid');
  });
});
