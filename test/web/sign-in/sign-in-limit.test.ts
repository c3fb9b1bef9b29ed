import { expect, it } from 'vitest';
import { SignInLimit } from '../../../web/sign-in/sign-in-limit.ts';
import { codeOf } from '../../support/code-of.ts';

const check = (limit: SignInLimit, user: string, host: string) => codeOf((async () => limit.check({ user, host }))());

it('closes for one user after ten refusals, and opens again', async () => {
  let now = 0;
  const limit = new SignInLimit(() => now);
  for (let i = 0; i < 10; i++) {
    expect(await check(limit, 'a', 'h')).toBe('accepted');
    limit.refused({ user: 'a', host: 'h' });
  }
  expect(await check(limit, 'a', 'other')).toBe('too-many-attempts');
  expect(await check(limit, 'b', 'h')).toBe('accepted');
  now = 5 * 60_000;
  expect(await check(limit, 'a', 'h')).toBe('accepted');
});

it('closes for a host that tries many users', async () => {
  const limit = new SignInLimit(() => 0);
  for (let i = 0; i < 100; i++) limit.refused({ user: `u${i}`, host: 'h' });
  expect(await check(limit, 'fresh', 'h')).toBe('too-many-attempts');
  expect(await check(limit, 'fresh', 'other')).toBe('accepted');
});
