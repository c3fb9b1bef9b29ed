import { TidegateError } from '../../exchange/errors.ts';
import { RequestLimit, addressKey } from '../http/request-limit.ts';

/** So many refused attempts within the window close the door for the rest of it. */
export interface SignInBounds {
  readonly perUser: number;
  /** More than for a user: a proxy can stand for many. */
  readonly perAddress: number;
  readonly windowMs: number;
}

/** Bounds where nothing else is told. */
export const DEFAULT_SIGN_IN_BOUNDS: SignInBounds = { perUser: 10, perAddress: 100, windowMs: 5 * 60_000 };

/** Who tries to sign in. */
export interface Attempt {
  readonly user: string;
  /** The address that the attempt comes from. */
  readonly host: string;
}

/** Slows down guessing of passwords. */
export class SignInLimit {
  readonly #addresses: RequestLimit;
  readonly #users: RequestLimit;

  constructor({ perUser, perAddress, windowMs }: SignInBounds = DEFAULT_SIGN_IN_BOUNDS) {
    this.#addresses = new RequestLimit({ requests: perAddress, windowMs }, 'too-many-attempts');
    this.#users = new RequestLimit({ requests: perUser, windowMs }, 'too-many-attempts');
  }

  /**
   * An attempt, which counts from its beginning, so that many at once are held to the bounds as well; one that does not end in
   * `sign-in-failed` is given back. Throws `too-many-attempts` before it begins, else what `act` throws.
   */
  async attempt<T>({ user, host }: Attempt, act: () => Promise<T>): Promise<T> {
    const address = addressKey(host);
    await this.#addresses.take(address);
    let counts = false;
    try {
      await this.#users.take(user);
      try {
        return await act();
      } catch (error) {
        counts = error instanceof TidegateError && error.code === 'sign-in-failed';
        throw error;
      } finally {
        if (!counts) await this.#users.giveBack(user);
      }
    } finally {
      if (!counts) await this.#addresses.giveBack(address);
    }
  }
}
