import { pickLanguage } from '../language.ts';

/* Words of the administration of a page's users. */

const en = {
  name: 'Name',
  email: 'E-mail address',
  role: 'Role',
  state: 'State',
  ways: 'Signs in with',
  sessions: 'Signed in',
  active: 'Active',
  disabled: 'Disabled',
  password: 'password',
  act: (name: string) => `${name}: what to do`,
  roleOf: (name: string) => `Role of ${name}`,
  disable: 'Disable',
  enable: 'Enable',
  signOut: 'Sign out everywhere',
  reset: 'New password',
  sure: {
    disable: (name: string) => `Disable ${name}?`,
    'sign-out': (name: string) => `Sign ${name} out everywhere?`,
    'reset-password': (name: string) => `Give ${name} a new password?`,
  },
  effect: {
    disable: 'All sessions end at once, and nothing signs in until the user is enabled again.',
    'sign-out': 'All sessions end at once. The user may sign in again.',
    'reset-password': 'All sessions end at once. The new password is shown once; the user has to change it at the next sign-in.',
  },
  given: (email: string) => `Password of ${email}`,
  givenHint: 'It is shown this once. Hand it over in person; it has to be changed at the first sign-in.',
  done: 'Done',
  emailFault: 'This is no e-mail address.',
  needed: 'This is needed.',
  errors: {
    'user-exists': 'There is a user with this e-mail address.',
    'last-administrator': 'This is the last administrator. Make another user an administrator first.',
  } as Readonly<Record<string, string>>,
};

const de: typeof en = {
  name: 'Name',
  email: 'E-Mail-Adresse',
  role: 'Rolle',
  state: 'Zustand',
  ways: 'Meldet sich an mit',
  sessions: 'Angemeldet',
  active: 'Aktiv',
  disabled: 'Gesperrt',
  password: 'Passwort',
  act: (name) => `${name}: was zu tun ist`,
  roleOf: (name) => `Rolle von ${name}`,
  disable: 'Sperren',
  enable: 'Entsperren',
  signOut: 'Überall abmelden',
  reset: 'Neues Passwort',
  sure: {
    disable: (name) => `${name} sperren?`,
    'sign-out': (name) => `${name} überall abmelden?`,
    'reset-password': (name) => `${name} ein neues Passwort geben?`,
  },
  effect: {
    disable: 'Alle Sitzungen enden sofort, und nichts öffnet die Tür, bis der Zugang entsperrt wird.',
    'sign-out': 'Alle Sitzungen enden sofort. Eine neue Anmeldung ist möglich.',
    'reset-password': 'Alle Sitzungen enden sofort. Das neue Passwort wird einmal gezeigt und muss bei der nächsten Anmeldung geändert werden.',
  },
  given: (email) => `Passwort von ${email}`,
  givenHint: 'Es wird nur dieses eine Mal gezeigt. Geben Sie es persönlich weiter; bei der ersten Anmeldung muss es geändert werden.',
  done: 'Fertig',
  emailFault: 'Das ist keine E-Mail-Adresse.',
  needed: 'Das wird gebraucht.',
  errors: {
    'user-exists': 'Diese E-Mail-Adresse hat schon jemand.',
    'last-administrator': 'Das ist die letzte Verwalterin oder der letzte Verwalter. Machen Sie erst jemand anders dazu.',
  },
};

/** The words in the user's language. */
export const peopleTexts = pickLanguage({ de, en }).texts;
