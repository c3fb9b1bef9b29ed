import { pickLanguage } from '../language.ts';

/* Words around signing in, the same on both pages. */

const en = {
  email: 'E-mail address',
  password: 'Password',
  submit: 'Sign in',
  needed: 'This is needed.',
  provider: (name: string) => `Sign in with ${name}`,
  or: 'or',
  changeTitle: 'Change password',
  mustChange: 'Your password was given to you by an administrator. Choose your own before you go on.',
  current: 'Current password',
  next: 'New password',
  again: 'New password, again',
  hint: 'At least 15 characters. Several words that do not belong together are easy to keep in mind and hard to guess.',
  differs: 'The two differ.',
  change: 'Change password',
  changed: 'Your password was changed. Other devices were signed out.',
  cancel: 'Cancel',
  signOut: 'Sign out',
  rules: {
    short: 'It needs at least 15 characters.',
    long: 'It is too long.',
    guessable: 'It is easily guessed: take several words that do not belong together.',
    same: 'It is the one that you have.',
  } as Readonly<Record<string, string>>,
  refused: {
    'identity-refused': 'You may not sign in here with that account. Ask your administrator.',
    'identity-provider-failed': 'Signing in did not work. Please try again.',
  } as Readonly<Record<string, string>>,
  wrongCurrent: 'The current password is wrong.',
  changedElsewhere: 'Your password has just been changed elsewhere.',
};

const de: typeof en = {
  email: 'E-Mail-Adresse',
  password: 'Passwort',
  submit: 'Anmelden',
  needed: 'Das wird gebraucht.',
  provider: (name) => `Anmelden mit ${name}`,
  or: 'oder',
  changeTitle: 'Passwort ändern',
  mustChange: 'Ihr Passwort hat Ihnen jemand aus der Verwaltung gegeben. Wählen Sie ein eigenes, bevor es weitergeht.',
  current: 'Jetziges Passwort',
  next: 'Neues Passwort',
  again: 'Neues Passwort, noch einmal',
  hint: 'Mindestens 15 Zeichen. Mehrere Wörter, die nicht zusammengehören, merkt man sich leicht und errät man schwer.',
  differs: 'Die beiden sind verschieden.',
  change: 'Passwort ändern',
  changed: 'Ihr Passwort ist geändert. Andere Geräte sind abgemeldet.',
  cancel: 'Abbrechen',
  signOut: 'Abmelden',
  rules: {
    short: 'Es braucht mindestens 15 Zeichen.',
    long: 'Es ist zu lang.',
    guessable: 'Es ist leicht zu erraten: Nehmen Sie mehrere Wörter, die nicht zusammengehören.',
    same: 'Es ist das, das Sie haben.',
  },
  refused: {
    'identity-refused': 'Mit diesem Konto können Sie sich hier nicht anmelden. Fragen Sie Ihre Verwaltung.',
    'identity-provider-failed': 'Die Anmeldung hat nicht geklappt. Bitte versuchen Sie es noch einmal.',
  },
  wrongCurrent: 'Das jetzige Passwort ist falsch.',
  changedElsewhere: 'Ihr Passwort ist eben woanders geändert worden.',
};

/** The words in the user's language. */
export const doorTexts = pickLanguage({ de, en }).texts;

/** Why somebody whom the identity provider sent back was not let in, by the code in the address; undefined where nobody was sent back. */
export function refusalText(query: string): string | undefined {
  const code = new URLSearchParams(query).get('refused');
  if (code === null) return undefined;
  return doorTexts.refused[Object.hasOwn(doorTexts.refused, code) ? code : 'identity-provider-failed'];
}
