import { TidegateError } from '../../exchange/errors.ts';
import type { Account, GivenPassword } from './account.ts';
import { hashPassword, makePassword } from './password.ts';

/** What was done with an account; its members are kept beside it, for who asks later. */
export type AccountAct<Role extends string> =
  | { readonly act: 'added'; readonly role: Role }
  | { readonly act: 'role-changed'; readonly from: Role; readonly to: Role }
  | { readonly act: 'signed-out'; readonly sessions: number }
  | { readonly act: 'disabled' | 'enabled' | 'password-reset' };

/** Who is to be added. */
export interface NewAccount<Role extends string> {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

/** The accounts that an administrator may touch, within one transaction of their store. */
export interface AccountStore<Role extends string> {
  /** Keeps others from administering until the transaction ends: nobody else takes the administrator away who was just counted on. */
  readonly lock: () => Promise<unknown>;
  readonly find: (idOrEmail: string) => Promise<Account<Role> | undefined>;
  /** Makes an account whose password has to be changed; false where the e-mail address is taken. */
  readonly insert: (account: NewAccount<Role>, passwordHash: string) => Promise<boolean>;
  readonly setRole: (id: string, role: Role) => Promise<unknown>;
  readonly setDisabled: (id: string, isDisabled: boolean) => Promise<unknown>;
  /** Gives a password that has to be changed. */
  readonly givePassword: (id: string, passwordHash: string) => Promise<unknown>;
  readonly endSessions: (id: string) => Promise<unknown>;
  /** Whether there is another administrator who is not disabled. */
  readonly hasOtherAdministrator: (id: string) => Promise<boolean>;
  /** Keeps, with who does it, what is done with the account of this address. */
  readonly note: (email: string, act: AccountAct<Role>) => Promise<unknown>;
}

/** What an administrator does with accounts; each act and its note are one transaction. All throw `record-not-found`. */
export interface AccountAdministration<Role extends string> {
  /** Adds an account with a password made by chance. Throws `user-exists`. */
  readonly add: (account: NewAccount<Role>) => Promise<Account<Role> & GivenPassword>;
  /** Gives another role. Throws `last-administrator`. */
  readonly changeRole: (idOrEmail: string, role: Role) => Promise<Account<Role>>;
  /** Shuts a person out: all sessions end now, and nothing signs in. Throws `last-administrator`. */
  readonly disable: (idOrEmail: string) => Promise<Account<Role>>;
  /** Lets a person who was disabled sign in again. */
  readonly enable: (idOrEmail: string) => Promise<Account<Role>>;
  /** Ends all sessions of a person, who may sign in again. */
  readonly endSessions: (idOrEmail: string) => Promise<Account<Role>>;
  /** Gives another password made by chance, and ends all sessions. */
  readonly resetPassword: (idOrEmail: string) => Promise<Account<Role> & GivenPassword>;
}

/** The administration of a page's accounts. `administrator` is the role of which one has to stay; `transaction` runs in the page's store. */
export function accountAdministration<Role extends string>(
  administrator: Role,
  transaction: <T>(body: (store: AccountStore<Role>) => Promise<T>) => Promise<T>,
): AccountAdministration<Role> {
  const keepOne = async (store: AccountStore<Role>, { id, role, disabledAt }: Account<Role>): Promise<void> => {
    if (role === administrator && disabledAt === null && !(await store.hasOtherAdministrator(id))) throw new TidegateError('last-administrator');
  };
  /** One account, changed and read again. */
  const change = (idOrEmail: string, act: (store: AccountStore<Role>, account: Account<Role>) => Promise<AccountAct<Role> | undefined>) =>
    transaction(async (store) => {
      await store.lock();
      const account = await found(store, idOrEmail);
      const done = await act(store, account);
      if (done !== undefined) await store.note(account.email, done);
      return found(store, account.id);
    });

  return {
    add: async (account) => {
      const password = makePassword();
      const passwordHash = await hashPassword(password);
      return transaction(async (store) => {
        if (!(await store.insert(account, passwordHash))) throw new TidegateError('user-exists');
        await store.note(account.email, { act: 'added', role: account.role });
        return { ...(await found(store, account.email)), password };
      });
    },
    changeRole: (idOrEmail, role) =>
      change(idOrEmail, async (store, account) => {
        if (account.role === role) return undefined;
        if (role !== administrator) await keepOne(store, account);
        await store.setRole(account.id, role);
        return { act: 'role-changed', from: account.role, to: role };
      }),
    disable: (idOrEmail) =>
      change(idOrEmail, async (store, account) => {
        if (account.disabledAt !== null) return undefined;
        await keepOne(store, account);
        await store.setDisabled(account.id, true);
        await store.endSessions(account.id);
        return { act: 'disabled' };
      }),
    enable: (idOrEmail) =>
      change(idOrEmail, async (store, account) => {
        if (account.disabledAt === null) return undefined;
        await store.setDisabled(account.id, false);
        return { act: 'enabled' };
      }),
    endSessions: (idOrEmail) =>
      change(idOrEmail, async (store, { id, sessions }) => {
        await store.endSessions(id);
        return { act: 'signed-out', sessions };
      }),
    resetPassword: async (idOrEmail) => {
      const password = makePassword();
      const passwordHash = await hashPassword(password);
      const account = await change(idOrEmail, async (store, { id }) => {
        await store.givePassword(id, passwordHash);
        await store.endSessions(id);
        return { act: 'password-reset' };
      });
      return { ...account, password };
    },
  };
}

async function found<Role extends string>(store: AccountStore<Role>, idOrEmail: string): Promise<Account<Role>> {
  const account = await store.find(idOrEmail);
  if (account === undefined) throw new TidegateError('record-not-found', 'There is no such account.');
  return account;
}
