import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../../adaptor/auth/sign.ts';
import { verify } from '../../../adaptor/auth/verify.ts';
import { isErrorCode } from '../../../exchange/errors.ts';
import { TYP } from '../../../exchange/protocol.ts';
import { codeOf } from '../../support/code-of.ts';
import { trust } from '../../support/trusted-keys.ts';
import { signAnything } from './forge.ts';
import { mutationWith } from './mutations.ts';
import { CLOUD, NOW_MS, NOW_SECONDS, reverseClaims, sampleKeys } from './sample-link.ts';

let keys: Awaited<ReturnType<typeof sampleKeys>>;
let original: string;
let another: string;
let verdict: (jws: string) => Promise<string>;

beforeAll(async () => {
  keys = await sampleKeys();
  const registry = await trust(...Object.values(keys));
  original = await sign(keys.crm, 'reverseMessage', reverseClaims());
  another = await sign(keys.crm, 'reverseMessage', reverseClaims({ cause: 'period', exp: NOW_SECONDS + 601 }));
  verdict = (jws) => codeOf(verify(jws, 'reverseMessage', { audience: CLOUD, registry, nowMs: NOW_MS }));
});

const mutation = mutationWith(() => another);

describe('a signed text', () => {
  it('is accepted as it is', async () => {
    expect(await verdict(original)).toBe('accepted');
  });

  it('is refused with a typed error however it is altered', async () => {
    const accepted: string[] = [];
    let mutants = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        let mutant = original;
        try {
          for (const mutate of mutations) mutant = mutate(mutant);
        } catch {
          return; // an earlier mutation left no JSON to alter
        }
        if (mutant === original || mutant === another) return;
        mutants++;
        const code = await verdict(mutant);
        if (code === 'accepted') accepted.push(mutant);
        else expect(isErrorCode(code)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toEqual([]);
    expect(mutants).toBeGreaterThan(600);
  });
});

describe('a text that the CRM itself signed', () => {
  it('is refused with a typed error whatever it holds', async () => {
    const header = { alg: 'EdDSA', typ: TYP.reverseMessage, kid: keys.crm.kid };
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), async (payload) => {
        expect(await verdict(await signAnything(keys.crm, header, payload))).toBe('invalid-token');
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with a header member changed or added, or a claim missing or of another type', async () => {
    const sent = { alg: 'EdDSA', typ: TYP.reverseMessage, kid: keys.crm.kid };
    const members = Object.keys(reverseClaims());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...members),
        fc.constantFrom(undefined, null, -1, 'x', [], {}, true),
        fc.string({ minLength: 1 }),
        async (member, value, extra) => {
          fc.pre(!(member === 'requests' && Array.isArray(value))); // no requests is lawful
          const claims = JSON.stringify({ ...reverseClaims(), [member]: value });
          expect(await verdict(await signAnything(keys.crm, sent, claims))).not.toBe('accepted');
          const other = { ...sent, [extra]: 'x' };
          expect(await verdict(await signAnything(keys.crm, other, JSON.stringify(reverseClaims())))).toBe('invalid-token');
        },
      ),
      { numRuns: 300 },
    );
  });
});
