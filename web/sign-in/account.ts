/** Who may sign in at a page, as its administrators see it. */
export interface Account<Role extends string> {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly disabledAt: Date | null;
  readonly hasPassword: boolean;
  readonly identityProvider: string | null;
  /** Sessions that are not over. */
  readonly sessions: number;
  readonly createdAt: Date;
}

/** A password that is shown once. Who gets it has to change it before anything else. */
export interface GivenPassword {
  readonly password: string;
}
