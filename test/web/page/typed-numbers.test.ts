import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { typedNumbers } from '../../../web/page/typed-numbers.ts';

describe('a number', () => {
  it.each([
    ['de-DE', '1200,50', '1200.50'],
    ['de-DE', '1.200,50', '1200.50'],
    ['de-DE', '1.200', '1200'],
    ['de-DE', '1200.50', '1200.50'],
    ['de-DE', '-3,5', '-3.5'],
    ['de-DE', '12.00,5', undefined],
    ['de-DE', '1,200.50', undefined],
    ['en-GB', '1200.50', '1200.50'],
    ['en-GB', '1,200.50', '1200.50'],
    ['en-GB', ' 7 ', '7'],
    ['en-GB', '1200,50', undefined],
    ['en-GB', '1e3', '1e3'],
    ['en-GB', 'lots', undefined],
    ['en-GB', '', undefined],
    ['de-CH', '1200.5', '1200.5'],
  ])('in %s is read out of “%s”', (language, typed, kept) => {
    expect(typedNumbers(language).read(typed)).toBe(kept);
  });

  it('is written as it is typed', () => {
    expect(typedNumbers('de-DE').write('1200.50')).toBe('1200,50');
    expect(typedNumbers('en-GB').write('1200.50')).toBe('1200.50');
    expect(typedNumbers('de-DE').write('lots')).toBe('lots');
  });

  it('comes back as it was kept, digit for digit, in every language', () => {
    const digits = fc.stringMatching(/^\d{1,20}$/);
    fc.assert(
      fc.property(fc.constantFrom('de-DE', 'en-US', 'fr-FR', 'de-CH', 'hi-IN'), fc.boolean(), digits, fc.option(digits), (language, negative, whole, part) => {
        const kept = `${negative ? '-' : ''}${whole}${part === null ? '' : `.${part}`}`;
        const { read, write } = typedNumbers(language);
        expect(read(write(kept))).toBe(kept);
      }),
    );
  });
});
