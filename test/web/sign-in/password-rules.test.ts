import { describe, expect, it } from 'vitest';
import { checkNewPassword, PASSWORD_LENGTH } from '../../../web/sign-in/password-rules.ts';
import { checkPassword, hashPassword, makePassword } from '../../../web/sign-in/password.ts';

const ruleOf = async (password: string, about: readonly string[] = []): Promise<unknown> =>
  checkNewPassword(password, about).then(
    () => 'taken',
    (error: { facts: { rule: string } }) => error.facts.rule,
  );

describe('a new password', () => {
  it.each([
    ['fourteen chars', 'short'],
    ['x'.repeat(PASSWORD_LENGTH.max + 1), 'long'],
    ['passwordpassword', 'guessable'],
    ['aaaaaaaaaaaaaaaaaaaa', 'guessable'],
    ['1234567890123456', 'guessable'],
    ['qwertyuiopasdfgh', 'guessable'],
    ['tidegatetidegate', 'guessable'],
    ['seven brown kettles sing', 'taken'],
    ['Ünïcödé wörds äre wélcome', 'taken'],
    ['潮汐门是用来控制水流的装置没有人知道', 'taken'],
  ])('%j is %s', async (password, rule) => {
    expect(await ruleOf(password)).toBe(rule);
  });

  it('is not what its user is called', async () => {
    expect(await ruleOf('marguerite.lovelace', ['marguerite.lovelace@crm.example', 'Marguerite Lovelace'])).toBe('guessable');
  });

  it('counts characters, not bytes or surrogates', async () => {
    expect(await ruleOf('🌊'.repeat(14))).toBe('short');
    expect(await ruleOf('é'.normalize('NFD').repeat(14))).toBe('short');
  });

  it('asks for no kinds of characters: what is made by chance is always taken', async () => {
    const rules = await Promise.all(Array.from({ length: 30 }, () => ruleOf(makePassword())));
    expect(new Set(rules)).toEqual(new Set(['taken']));
  });

  it('is never told in the refusal', async () => {
    await expect(checkNewPassword('passwordpassword', [])).rejects.not.toThrow(/passwordpassword/);
  });
});

describe('a stored password', () => {
  it('fits however the keyboard composes its letters, and only itself', async () => {
    const stored = await hashPassword('Ünïcödé wörds'.normalize('NFD'));
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await checkPassword(stored, 'Ünïcödé wörds'.normalize('NFC'))).toBe(true);
    expect(await checkPassword(stored, 'Unicode words')).toBe(false);
  });

  it('that is none fits nothing', async () => {
    for (const none of [undefined, null, '', 'no hash']) expect(await checkPassword(none, '')).toBe(false);
  });
});
