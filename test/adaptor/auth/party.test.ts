import { describe, expect, it } from 'vitest';
import { counterpart, covers, parseParty, sameLink } from '../../../adaptor/auth/party.ts';
import { CLOUD, CRM, LINK, OTHER_LINK } from './sample-link.ts';

describe('a party', () => {
  it('is one side of one link', () => {
    expect(parseParty(CRM)).toEqual({ side: 'crm', link: LINK });
    expect(parseParty(CLOUD)).toEqual({ side: 'cloud', link: LINK });
  });

  it.each([
    '',
    'crm',
    'crm:',
    'crm:acme',
    'crm:acme/development',
    'crm:acme/development/hub/x',
    'CRM:acme/development/hub',
    'broker:acme/development/hub',
    ':acme/development/hub',
    'crm:acme//hub',
    'crm:../../x',
    'crm:acme/development/hub\n',
  ])('is not %j', (id) => {
    expect(parseParty(id)).toBeUndefined();
  });

  it('has a counterpart on the same link', () => {
    expect(counterpart(CRM)).toBe(CLOUD);
    expect(counterpart(CLOUD)).toBe(CRM);
    expect(() => counterpart('acme')).toThrow(RangeError);
  });

  it('is told from that of another link by every part', () => {
    expect(sameLink(LINK, { ...LINK })).toBe(true);
    expect(sameLink(LINK, OTHER_LINK)).toBe(false);
    for (const part of ['tenant', 'environment', 'link']) expect(sameLink(LINK, { ...LINK, [part]: 'x' })).toBe(false);
  });
});

describe('the owner of a certificate', () => {
  it.each(['crm:acme', 'crm:acme/development', CRM])('%s covers the CRM of the link', (owner) => {
    expect(covers(owner, CRM)).toBe(true);
  });

  it.each(['', 'crm', 'crm:', 'crm:acm', 'crm:acme/dev', 'crm:acme/', 'crm:globex', CLOUD, `${CRM}/more`, 'cloud:acme'])('%j does not', (owner) => {
    expect(covers(owner, CRM)).toBe(false);
  });
});
