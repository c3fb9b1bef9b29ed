import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEALED_PREFIX, type SealedPlace, type SealedValue, formatSealed, parseSealed, sealedContext } from '../../exchange/sealed.ts';

const base64url = fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/);
const sealedValue: fc.Arbitrary<SealedValue> = fc.record({
  keyId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  version: fc.integer({ min: 1, max: 999_999_999_999_999 }),
  wrappedKey: base64url,
  box: base64url,
});
const GOOD: SealedValue = { keyId: 'k-1', version: 12, wrappedKey: 'AAAA', box: 'BBBB' };

describe('the text of a sealed value', () => {
  it('is read back as it was written, whatever key, version and bytes', () => {
    fc.assert(
      fc.property(sealedValue, (value) => {
        const text = formatSealed(value);
        expect(text.startsWith(SEALED_PREFIX)).toBe(true);
        expect(parseSealed(text)).toEqual(value);
      }),
    );
  });

  it('is the one that stands in clouds since the first version: they hold it for years', () => {
    expect(formatSealed(GOOD)).toBe('sealed:1:k-1:12:AAAA:BBBB');
  });

  it.each([
    ['what a user of the cloud typed', 'Ada Lovelace'],
    ['nothing', ''],
    ['the beginning alone', SEALED_PREFIX],
    ['another version of the form', 'sealed:2:k-1:12:AAAA:BBBB'],
    ['something before it', ' sealed:1:k-1:12:AAAA:BBBB'],
    ['something behind it', 'sealed:1:k-1:12:AAAA:BBBB:CCCC'],
    ['a line end behind it', 'sealed:1:k-1:12:AAAA:BBBB\n'],
    ['no key', 'sealed:1::12:AAAA:BBBB'],
    ['a key id that is longer than any', `sealed:1:${'k'.repeat(65)}:12:AAAA:BBBB`],
    ['version 0, which no value has', 'sealed:1:k-1:0:AAAA:BBBB'],
    ['one version written in two ways', 'sealed:1:k-1:012:AAAA:BBBB'],
    ['a version beyond exact numbers', 'sealed:1:k-1:9007199254740993:AAAA:BBBB'],
    ['a version with a sign', 'sealed:1:k-1:-1:AAAA:BBBB'],
    ['an empty data key', 'sealed:1:k-1:12::BBBB'],
    ['an empty box', 'sealed:1:k-1:12:AAAA:'],
    ['base64 of the other alphabet', 'sealed:1:k-1:12:AA+A:BB/B'],
    ['padding', 'sealed:1:k-1:12:AAAA=:BBBB'],
  ])('is none with %s', (_what, text) => expect(parseSealed(text)).toBeUndefined());
});

describe('where a sealed value belongs', () => {
  const name = fc.string({ maxLength: 6 });
  const place: fc.Arbitrary<SealedPlace> = fc.record({
    tenant: name,
    environment: name,
    link: name,
    collection: name,
    key: fc.array(name, { minLength: 1, maxLength: 3 }),
    field: name,
    version: fc.integer({ min: 1, max: 4 }),
  });
  const HERE: SealedPlace = { tenant: 'acme', environment: 'test', link: 'hub', collection: 'contacts', key: ['1', '2'], field: 'iban', version: 3 };

  it.each<[string, Partial<SealedPlace>]>([
    ['tenant', { tenant: 'globex' }],
    ['environment', { environment: 'production' }],
    ['link', { link: 'spoke' }],
    ['collection', { collection: 'leads' }],
    ['record', { key: ['1', '3'] }],
    ['record, by the order of its key', { key: ['2', '1'] }],
    ['field', { field: 'salary' }],
    ['version', { version: 4 }],
  ])('is another one with another %s', (_what, change) => expect(sealedContext({ ...HERE, ...change })).not.toBe(sealedContext(HERE)));

  it('is written so that no two places look alike, whatever their names hold', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        const sorted = (of: SealedPlace) => JSON.stringify(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)));
        expect(sealedContext(one) === sealedContext(other)).toBe(sorted(one) === sorted(other));
      }),
    );
  });

  it('does not depend on how the place was put together', () => {
    const { version, field, key, ...rest } = HERE;
    expect(sealedContext({ version, field, key, ...rest })).toBe(sealedContext(HERE));
  });

  it('is what values in clouds were sealed with', () => {
    expect(sealedContext(HERE)).toBe('["tidegate-sealed-1","acme","test","hub","contacts",["1","2"],"iban",3]');
  });
});
