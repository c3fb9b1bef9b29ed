import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CLAIMS_SCHEMAS } from '../../../adaptor/auth/claims-of.ts';
import { LIFETIMES } from '../../../adaptor/auth/lifetime.ts';
import { issue, sign } from '../../../adaptor/auth/sign.ts';
import { verify } from '../../../adaptor/auth/verify.ts';
import type { VerifyOptions } from '../../../adaptor/auth/verify.ts';
import { partyId } from '../../../exchange/claims.ts';
import { TYP } from '../../../exchange/protocol.ts';
import { codeOf } from '../../support/code-of.ts';
import { trust, trustedKey } from '../../support/trusted-keys.ts';
import { encode, headerOf, partsOf, signAnything, signUnencoded, signWithPublicKey } from './forge.ts';
import { CLOUD, CRM, LINK, NOW_MS, NOW_SECONDS, OTHER_LINK, manifestBody, receiptBody, reverseClaims, reverseOrder, sampleKeys } from './sample-link.ts';

let keys: Awaited<ReturnType<typeof sampleKeys>>;
let registry: Awaited<ReturnType<typeof trust>>;
let options: VerifyOptions;

beforeAll(async () => {
  keys = await sampleKeys();
  registry = await trust(...Object.values(keys));
  options = { audience: CLOUD, registry, nowMs: NOW_MS };
});

const verifyMessage = (jws: string, changed: Partial<VerifyOptions> = {}) => codeOf(verify(jws, 'reverseMessage', { ...options, ...changed }));
const header = () => ({ alg: 'EdDSA', typ: TYP.reverseMessage, kid: keys.crm.kid });

describe('a signed object', () => {
  it('comes back with its claims, its text and its key', async () => {
    const claims = reverseClaims();
    const jws = await sign(keys.crm, 'reverseMessage', claims);
    await expect(verify(jws, 'reverseMessage', options)).resolves.toEqual({ claims, jws, kid: keys.crm.kid });
    expect(headerOf(jws)).toEqual(header());
  });

  it('is issued with issuer, audience, times and an id of its own', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => issue(keys.crm, 'reverseMessage', reverseOrder(), { nowMs: NOW_MS, lifetimeSeconds: 90 })));
    const { claims } = await verify(one ?? '', 'reverseMessage', options);
    expect(claims).toMatchObject({ iss: CRM, aud: CLOUD, iat: NOW_SECONDS, exp: NOW_SECONDS + 90 });
    expect((await verify(two ?? '', 'reverseMessage', options)).claims.jti).not.toBe(claims.jti);
  });

  it('is never signed with claims that must be refused, or in another name', async () => {
    expect(await codeOf(sign(keys.crm, 'reverseMessage', { ...reverseClaims(), orders: [] }))).toBe('unexpected');
    expect(await codeOf(sign(keys.cloud, 'reverseMessage', reverseClaims()))).toBe('unexpected');
  });
});

describe('attack 10: algorithms and headers', () => {
  const payload = () => JSON.stringify(reverseClaims());

  it('refuses alg none, with and without a signature', async () => {
    const none = encode(JSON.stringify({ ...header(), alg: 'none' }));
    for (const signature of ['', encode('x')]) expect(await verifyMessage(`${none}.${encode(payload())}.${signature}`)).toBe('invalid-token');
  });

  it('refuses HS256 with the public key as secret', async () => {
    expect(await verifyMessage(signWithPublicKey(keys.crm, header(), payload()))).toBe('invalid-token');
  });

  it('refuses the other name of the algorithm', async () => {
    expect(await verifyMessage(await signAnything(keys.crm, { ...header(), alg: 'Ed25519' }, payload()))).toBe('invalid-token');
  });

  it.each([
    ['jwk', { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'x' } }],
    ['jku', { jku: 'https://attacker.example/keys' }],
    ['x5u', { x5u: 'https://attacker.example/certificate' }],
    ['x5c', { x5c: ['MIIB'] }],
    ['crit', { crit: ['exp'], exp: 1 }],
    ['an unknown crit', { crit: ['urn:x'], 'urn:x': true }],
    ['b64 alone', { b64: true }],
    ['another member', { cty: 'JWT' }],
  ])('refuses %s in a header that is signed rightly, and asks nobody', async (_, extra) => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const before = registry.lookups.length;
    expect(await verifyMessage(await signAnything(keys.crm, { ...header(), ...extra }, payload()))).toBe('invalid-token');
    expect(registry.lookups).toHaveLength(before);
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  it('refuses an unencoded payload (b64: false)', async () => {
    expect(await verifyMessage(await signUnencoded(keys.crm, header(), payload()))).toBe('invalid-token');
  });
});

describe('attack 11: claims', () => {
  it.each(['iss', 'aud', 'exp', 'iat', 'jti', 'orders', 'tenant', 'epoch'])('refuses a message without %s', async (member) => {
    const { [member as 'iss']: _, ...rest } = reverseClaims();
    expect(await verifyMessage(await signAnything(keys.crm, header(), JSON.stringify(rest)))).toBe('invalid-token');
  });

  it.each([
    ['valid for 100 years', { exp: NOW_SECONDS + 100 * 365 * 86_400 }],
    ['that ends before it begins', { exp: NOW_SECONDS - 1 }],
    ['whose times are text', { exp: String(NOW_SECONDS + 60) }],
    ['whose times are parts of seconds', { exp: NOW_SECONDS + 0.5 }],
    ['for somebody else', { aud: 'cloud:acme/development/elsewhere' }],
    ['for nobody', { aud: '' }],
    ['for several', { aud: [CLOUD, CRM] }],
    ['for one, in a list', { aud: [CLOUD] }],
    ['whose id is no UUID', { jti: '1' }],
    ['with a claim too many', { admin: true }],
    ['with a claim too many in an order', { orders: [{ ...reverseClaims().orders[0], admin: true }] }],
  ])('refuses a message %s', async (_, changed) => {
    expect(await verifyMessage(await signAnything(keys.crm, header(), JSON.stringify({ ...reverseClaims(), ...changed })))).toBe('invalid-token');
  });

  it.each(['__proto__', 'constructor', 'toString'])('refuses a claim named %s', async (member) => {
    const claims = JSON.stringify(reverseClaims()).replace('{', `{"${member}":{"admin":true},`);
    expect(await verifyMessage(await signAnything(keys.crm, header(), claims))).toBe('invalid-token');
  });

  it.each(['[]', 'null', '"x"', '1', 'no JSON', ''])('refuses claims that are no object: %s', async (payload) => {
    expect(await verifyMessage(await signAnything(keys.crm, header(), payload))).toBe('invalid-token');
  });
});

describe('attack 12: one kind for another', () => {
  it('refuses every kind where another is expected, even with the same claims', async () => {
    for (const [kind, typ] of Object.entries(TYP)) {
      if (kind === 'reverseMessage') continue;
      expect(await verifyMessage(await signAnything(keys.crm, { ...header(), typ }, JSON.stringify(reverseClaims())))).toBe('invalid-token');
    }
  });

  it.each(['JWT', 'TIDEGATE-REVERSE-MESSAGE-V1+JWT', `application/${TYP.reverseMessage}`, 'tidegate-reverse-message-v2+jwt'])(
    'refuses the typ %s',
    async (typ) => {
      expect(await verifyMessage(await signAnything(keys.crm, { ...header(), typ }, JSON.stringify(reverseClaims())))).toBe('invalid-token');
    },
  );

  it('refuses no typ at all', async () => {
    expect(await verifyMessage(await signAnything(keys.crm, { alg: 'EdDSA', kid: keys.crm.kid }, JSON.stringify(reverseClaims())))).toBe('invalid-token');
  });

  it('knows claims and a lifetime for every kind', () => {
    expect(Object.keys(CLAIMS_SCHEMAS).toSorted()).toEqual(Object.keys(TYP).toSorted());
    for (const { usualSeconds, greatestSeconds } of Object.values(LIFETIMES)) expect(usualSeconds).toBeLessThanOrEqual(greatestSeconds);
  });
});

describe('attacks 14 and 16: keys', () => {
  const signed = () => sign(keys.crm, 'reverseMessage', reverseClaims());

  it('refuses a key that is not registered', async () => {
    expect(await verifyMessage(await signed(), { registry: await trust(keys.cloud) })).toBe('key-unknown');
  });

  it.each([
    ['revoked', { state: 'revoked' as const }],
    ['not valid yet', { notBeforeMs: NOW_MS + 31_000 }],
    ['no longer valid', { notAfterMs: NOW_MS }],
  ])('refuses a key that is %s', async (_, changed) => {
    expect(await verifyMessage(await signed(), { registry: await trust(await trustedKey(keys.crm, changed)) })).toBe('key-unknown');
  });

  it.each(['../../etc/passwd', "' or 1=1 --", 'a'.repeat(44), '', `${'a'.repeat(42)}\u0000`, 1, null, ['a'], {}])(
    'refuses the key id %j without a look-up',
    async (kid) => {
      const before = registry.lookups.length;
      expect(await verifyMessage(await signAnything(keys.crm, { ...header(), kid }, JSON.stringify(reverseClaims())))).toBe('invalid-token');
      expect(registry.lookups).toHaveLength(before);
    },
  );

  it('refuses a signature by another key than the one that is named', async () => {
    expect(await verifyMessage(await signAnything(keys.cloud, header(), JSON.stringify(reverseClaims())))).toBe('invalid-token');
  });
});

describe('attack 15: two readings of one text', () => {
  it('refuses a member that is named twice in claims or header, though the signature holds', async () => {
    const claims = JSON.stringify(reverseClaims());
    expect(await verifyMessage(await signAnything(keys.crm, header(), claims.replace('{', `{"jti":"${randomUUID()}",`)))).toBe('invalid-token');
    const twice = encode(JSON.stringify(header()).replace('{', '{"alg":"none",'));
    const signature = await crypto.subtle.sign('Ed25519', keys.crm.privateKey, Buffer.from(`${twice}.${encode(claims)}`));
    expect(await verifyMessage(`${twice}.${encode(claims)}.${encode(new Uint8Array(signature))}`)).toBe('invalid-token');
  });

  it('refuses base64url that is not canonical', async () => {
    const jws = await sign(keys.crm, 'reverseMessage', reverseClaims());
    const { header: h, payload, signature } = partsOf(jws);
    // 64 bytes leave four bits of the last character unused: 15 other characters decode to the same bytes.
    const same = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((c) => signature.slice(0, -1) + c)
      .filter((s) => s !== signature && Buffer.from(s, 'base64url').equals(Buffer.from(signature, 'base64url')));
    expect(same).toHaveLength(15);
    for (const s of same) expect(await verifyMessage(`${h}.${payload}.${s}`)).toBe('invalid-token');
    for (const altered of [`${jws}=`, `${jws}==`, ` ${jws}`, `${jws}\n`, `${h}=.${payload}.${signature}`, jws.replaceAll('-', '+').replaceAll('_', '/')])
      if (altered !== jws) expect(await verifyMessage(altered)).toBe('invalid-token');
  });

  it.each(['', '.', '..', '...', 'a.b', 'a.b.c', 'a.b.c.d', '{"payload":""}'])('refuses %j', async (text) => {
    expect(await verifyMessage(text)).toBe('invalid-token');
  });

  it('refuses what is too long before it reads it', async () => {
    const jws = await sign(keys.crm, 'reverseMessage', reverseClaims());
    expect(await verifyMessage(`${jws}${'A'.repeat(1 << 20)}`)).toBe('invalid-token');
    const { payload } = partsOf(jws);
    const signedWith = async (headerText: string) => {
      const signature = await crypto.subtle.sign('Ed25519', keys.crm.privateKey, Buffer.from(`${encode(headerText)}.${payload}`));
      return `${encode(headerText)}.${payload}.${encode(new Uint8Array(signature))}`;
    };
    expect(await verifyMessage(await signedWith(`${JSON.stringify(header())} `))).toBe('accepted');
    expect(await verifyMessage(await signedWith(JSON.stringify(header()) + ' '.repeat(600)))).toBe('invalid-token');
  });
});

describe('attack 17: who signed', () => {
  it.each([
    ['the cloud, in its own name', 'cloud', { iss: CLOUD }],
    ['the cloud, in the name of the CRM', 'cloud', {}],
    ['another CRM, in its own name', 'otherCrm', { iss: partyId('crm', OTHER_LINK) }],
    ['another CRM, in its own name and of its own link, but addressed to us', 'otherCrm', { iss: partyId('crm', OTHER_LINK), ...OTHER_LINK }],
    ['another CRM, in the name of ours', 'otherCrm', {}],
    ['the CRM, in the name of another', 'crm', { iss: partyId('crm', OTHER_LINK) }],
    ['the CRM, in the name of nobody', 'crm', { iss: 'crm' }],
  ] as const)('refuses a message signed by %s', async (_, signer, changed) => {
    const claims = { ...reverseClaims(), ...changed };
    expect(await verifyMessage(await signAnything(keys[signer], { ...header(), kid: keys[signer].kid }, JSON.stringify(claims)))).toBe('issuer-not-crm');
  });

  it('refuses answers and tokens that the CRM signed itself', async () => {
    const body = { ...LINK, sub: CRM, client_id: CRM, operations: ['forward' as const], collections: ['contacts'], cnf: { 'x5t#S256': 'A'.repeat(43) } };
    const jws = await issue(keys.crm, 'accessToken', body, { nowMs: NOW_MS });
    expect(await codeOf(verify(jws, 'accessToken', options))).toBe('invalid-token');
  });

  it('takes manifests from the sender and receipts from the receiver of their direction only', async () => {
    const at = (audience: string) => ({ registry, audience, nowMs: NOW_MS });
    const signed = (side: 'crm' | 'cloud', kind: 'manifest' | 'receipt', direction: 'forward' | 'reverse') =>
      kind === 'manifest'
        ? issue(keys[side], kind, manifestBody(direction), { nowMs: NOW_MS })
        : issue(keys[side], kind, receiptBody(direction), { nowMs: NOW_MS });
    const codes: Record<string, string> = {};
    for (const kind of ['manifest', 'receipt'] as const)
      for (const direction of ['forward', 'reverse'] as const)
        for (const side of ['crm', 'cloud'] as const)
          codes[`${direction} ${kind} by ${side}`] = await codeOf(verify(await signed(side, kind, direction), kind, at(side === 'crm' ? CLOUD : CRM)));
    expect(codes).toEqual({
      'forward manifest by crm': 'accepted',
      'forward manifest by cloud': 'issuer-not-crm',
      'reverse manifest by crm': 'invalid-token',
      'reverse manifest by cloud': 'accepted',
      'forward receipt by crm': 'invalid-token',
      'forward receipt by cloud': 'accepted',
      'reverse receipt by crm': 'accepted',
      'reverse receipt by cloud': 'issuer-not-crm',
    });
    const forward = await signed('crm', 'manifest', 'forward');
    expect(await codeOf(verify(forward, 'manifest', { ...at(CLOUD), issuerSide: 'cloud' }))).not.toBe('accepted');
  });
});

describe('attack 20: widened after signing', () => {
  it.each([
    ['collection', { collection: 'payroll' }],
    ['fields', { fields: ['phone', 'salary'] }],
    ['operations', { operations: ['U', 'D'] }],
    ['budget', { deleteBudget: 1000 }],
    ['rows', { maxRows: 1_000_000 }],
  ])('refuses a wider %s', async (_, wider) => {
    const claims = reverseClaims();
    const { header: h, signature } = partsOf(await sign(keys.crm, 'reverseMessage', claims));
    const altered = encode(JSON.stringify({ ...claims, orders: [{ ...claims.orders[0], ...wider }] }));
    expect(await verifyMessage(`${h}.${altered}.${signature}`)).toBe('invalid-token');
  });
});

describe('attack 21: times', () => {
  it.each([
    ['ended 31 s ago', -631, 600, 'message-expired'],
    ['ended 29 s ago, within the skew', -629, 600, 'accepted'],
    ['begins in 31 s', 31, 600, 'message-expired'],
    ['begins in 30 s, within the skew', 30, 600, 'accepted'],
    ['is valid for the greatest time', 0, 3600, 'accepted'],
    ['is valid for longer', 0, 3601, 'invalid-token'],
  ] as const)('a message that %s', async (_, begins, lasts, code) => {
    const iat = NOW_SECONDS + begins;
    expect(await verifyMessage(await sign(keys.crm, 'reverseMessage', reverseClaims({ iat, exp: iat + lasts })))).toBe(code);
  });

  it('may be held to a smaller age than its own', async () => {
    const jws = await sign(keys.crm, 'reverseMessage', reverseClaims({ iat: NOW_SECONDS - 100 }));
    expect(await verifyMessage(jws, { maxAgeSeconds: 69 })).toBe('message-expired');
    expect(await verifyMessage(jws, { maxAgeSeconds: 70 })).toBe('accepted');
  });

  it('lets receipts stay valid for years, as evidence', async () => {
    const jws = await issue(keys.cloud, 'receipt', receiptBody('forward'), { nowMs: NOW_MS });
    expect(await codeOf(verify(jws, 'receipt', { audience: CRM, registry, nowMs: NOW_MS + 5 * 365 * 86_400_000 }))).toBe('accepted');
  });
});

describe('attack 22: another link, tenant or environment', () => {
  it('refuses a message that is right, but for another link', async () => {
    expect(await verifyMessage(await issue(keys.otherCrm, 'reverseMessage', reverseOrder(OTHER_LINK), { nowMs: NOW_MS }))).toBe('link-mismatch');
  });

  it.each(['tenant', 'environment', 'link'] as const)('refuses a message of our CRM whose %s differs from its issuer', async (part) => {
    expect(await verifyMessage(await sign(keys.crm, 'reverseMessage', reverseClaims({ [part]: 'other' })))).toBe('issuer-not-crm');
  });
});

it('errors hold nothing of the token', async () => {
  const claims = reverseClaims({ cause: 'repair' });
  const jws = await signAnything(keys.crm, header(), JSON.stringify({ ...claims, secret: 'hunter2' }));
  const error: unknown = await verify(jws, 'reverseMessage', options).catch((thrown: unknown) => thrown);
  const told = JSON.stringify([error instanceof Error ? error.message : '', (error as { facts: unknown }).facts]);
  for (const part of ['hunter2', claims.jti, ...Object.values(partsOf(jws))]) expect(told).not.toContain(part);
});
