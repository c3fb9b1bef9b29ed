import { describe, expect, it } from 'vitest';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['en-GB'] });
const { doorTexts, refusalText } = await import('../../../../web/page/sign-in/door-texts.ts');

describe('who was sent back by the identity provider', () => {
  it('is told that the account may not come in, or that it did not work', () => {
    expect(refusalText('?refused=identity-refused')).toBe(doorTexts.refused['identity-refused']);
    expect(refusalText('?refused=identity-provider-failed')).toBe(doorTexts.refused['identity-provider-failed']);
    expect(refusalText('?refused=identity-refused')).not.toBe(refusalText('?refused=identity-provider-failed'));
  });

  it('and nobody else is told anything', () => {
    expect(refusalText('')).toBeUndefined();
    expect(refusalText('?search=refused')).toBeUndefined();
  });

  it.each(['database-unavailable', '', '__proto__', 'constructor', '<b>'])('reads a sentence whatever stands in the address: %j', (code) => {
    expect(refusalText(`?${new URLSearchParams({ refused: code })}`)).toBe(doorTexts.refused['identity-provider-failed']);
  });
});
