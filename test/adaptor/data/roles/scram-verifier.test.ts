import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { scramVerifier } from '../../../../adaptor/data/roles/scram-verifier.ts';

test('agrees with the exchange that RFC 7677 shows', () => {
  const salt = 'W22ZaJ0SNY7soEsUEjb6gQ==';
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
  const authMessage = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=${salt},i=4096,c=biws,r=${nonce}`;
  const [, head, keys] = /^SCRAM-SHA-256\$([^$]+)\$(.+)$/.exec(scramVerifier('pencil', Buffer.from(salt, 'base64'))) ?? [];
  expect(head).toBe(`4096:${salt}`);
  const serverKey = Buffer.from(keys?.split(':')[1] ?? '', 'base64');
  expect(createHmac('sha256', serverKey).update(authMessage).digest('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('takes a fresh salt each time', () => {
  expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'));
});
