import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { DEFAULT_SIGN_IN_BOUNDS, SignInLimit } from '../../../web/sign-in/sign-in-limit.ts';
import { codeOf } from '../../support/code-of.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const right = async () => 'in';
const wrong = async () => {
  throw new TidegateError('sign-in-failed');
};

it('closes for one user after ten refusals, and opens again', async () => {
  const limit = new SignInLimit();
  for (let i = 0; i < 10; i++) expect(await codeOf(limit.attempt({ user: 'a', host: 'h' }, wrong))).toBe('sign-in-failed');
  expect(await codeOf(limit.attempt({ user: 'a', host: 'other' }, right))).toBe('too-many-attempts');
  expect(await codeOf(limit.attempt({ user: 'b', host: 'h' }, right))).toBe('accepted');
  vi.advanceTimersByTime(DEFAULT_SIGN_IN_BOUNDS.windowMs);
  expect(await limit.attempt({ user: 'a', host: 'h' }, right)).toBe('in');
});

it('closes for an address that tries many users, also from other addresses of its network', async () => {
  const limit = new SignInLimit({ perUser: 10, perAddress: 5, windowMs: 60_000 });
  for (let i = 0; i < 5; i++) await codeOf(limit.attempt({ user: `u${i}`, host: `2001:db8:1:2::${i}` }, wrong));
  expect(await codeOf(limit.attempt({ user: 'fresh', host: '2001:db8:1:2:ffff::1' }, right))).toBe('too-many-attempts');
  expect(await codeOf(limit.attempt({ user: 'fresh', host: '2001:db8:1:3::1' }, right))).toBe('accepted');
});

it('counts attempts that are made at once, before the first of them is answered', async () => {
  const limit = new SignInLimit();
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  let looked = 0;
  const slowly = async () => {
    looked += 1;
    await answered;
    return wrong();
  };
  const ends = Array.from({ length: 50 }, () => codeOf(limit.attempt({ user: 'a', host: 'h' }, slowly)));
  await vi.advanceTimersByTimeAsync(1);
  resolve();
  const codes = await Promise.all(ends);
  expect(looked).toBe(DEFAULT_SIGN_IN_BOUNDS.perUser);
  expect(codes.filter((code) => code === 'too-many-attempts')).toHaveLength(40);
});

it('counts neither those who come in nor faults of the server', async () => {
  const limit = new SignInLimit({ perUser: 1, perAddress: 1, windowMs: 60_000 });
  const broken = async () => {
    throw new TidegateError('database-unavailable');
  };
  for (let i = 0; i < 20; i++) {
    expect(await codeOf(limit.attempt({ user: 'a', host: 'h' }, right))).toBe('accepted');
    expect(await codeOf(limit.attempt({ user: 'a', host: 'h' }, broken))).toBe('database-unavailable');
  }
});
