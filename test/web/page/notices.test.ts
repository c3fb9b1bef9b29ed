import { describe, expect, it } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { readAs } from '../../support/page-reader.ts';

readAs({ languages: ['en'] });
const { noticesOf } = await import('../../../web/page/notices.ts');

const { errorText } = noticesOf({
  errors: { title: 'It did not work', offline: 'Offline.', codes: { unexpected: 'Something went wrong.', 'too-large': 'Too much.' } },
  common: { close: 'Close' },
});

describe('what an error means', () => {
  it('is told in the page’s words', () => {
    expect(errorText(new TidegateError('too-large', 'More than 10000 records'))).toBe('Too much.');
  });

  it('is the catalogue’s sentence where the page has no words of its own', () => {
    expect(errorText(new TidegateError('link-stopped'))).toBe(new TidegateError('link-stopped').message);
  });

  it('is that one is offline, where the server cannot be reached', () => {
    expect(errorText(new TidegateError('connection-failed', 'ECONNREFUSED 10.0.0.7:8443'))).toBe('Offline.');
  });

  it.each([new Error('select * from crm.contacts failed'), 'secret', undefined])('does not show what nobody foresaw: %s', (error) => {
    expect(errorText(error)).toBe('Something went wrong.');
  });
});
