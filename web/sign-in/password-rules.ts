import { TidegateError } from '../../exchange/errors.ts';

/** Length of a new password in characters (NIST SP 800-63B-4, 3.1.1.2: at least 15 where it is the only factor, at least 64 allowed). */
export const PASSWORD_LENGTH = { min: 15, max: 200 } as const;

/** Below this of 4 a password is found by guessing through word lists, patterns and what is known of its user. */
const MIN_SCORE = 3;

/**
 * Throws `password-refused` for a new password that is too short or too long, or that guessing finds (lists of leaked
 * passwords and words, keyboard patterns, repetitions, and `about`: what the user is called). No kinds of characters are
 * asked for and none refused. Facts: `rule`, one of `short`, `long`, `guessable`; never the password.
 */
export async function checkNewPassword(password: string, about: readonly string[]): Promise<void> {
  const length = [...password.normalize('NFC')].length;
  if (length < PASSWORD_LENGTH.min) throw refusal('short', `It needs at least ${PASSWORD_LENGTH.min} characters.`);
  if (length > PASSWORD_LENGTH.max) throw refusal('long', `It may have ${PASSWORD_LENGTH.max} characters at most.`);
  const { check } = await guesser();
  const parts = about.flatMap((text) => [...text.split('@'), ...text.split(/[^\p{L}\p{N}]+/u)]);
  const known = [...about, ...parts].filter((word) => word.length > 2);
  if (check(password.normalize('NFC'), [...known, 'tidegate']).score < MIN_SCORE)
    throw refusal('guessable', 'It is easily guessed: take several words that do not belong together.');
}

/** Its word lists are loaded when the first password is to be judged. */
let loading: Promise<{ check(password: string, known: string[]): { readonly score: number } }> | undefined;

function guesser(): NonNullable<typeof loading> {
  loading ??= (async () => {
    const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]);
    const factory = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
    return { check: (password, known) => factory.check(password, known) };
  })();
  return loading;
}

const refusal = (rule: 'short' | 'long' | 'guessable', detail: string): TidegateError => new TidegateError('password-refused', detail, { rule });
