/** How bad a finding is. `skipped`: it could not be looked at, because of something that another check reports. */
export type Severity = 'ok' | 'warning' | 'fault' | 'skipped';

/** What a check says of one subject (a link, a role, a file). */
export interface Finding {
  readonly subject: string;
  readonly severity: Severity;
  /** What is, or what is wrong. */
  readonly detail: string;
  /** What to do; there wherever something is wrong. */
  readonly advice?: string;
}

/** One check of the doctor: one thing that can be wrong, in a file of its own. `P` is what it looks at. */
export interface Check<P> {
  readonly name: string;
  /** Looks, and changes nothing. What it throws is told as a fault of its own, by diagnose. */
  run(parts: P): Promise<readonly Finding[]>;
}

/** All is well. */
export const ok = (subject: string, detail: string): Finding => ({ subject, severity: 'ok', detail });

/** It works, but will not for long, or not as well as it could. */
export const warning = (subject: string, detail: string, advice: string): Finding => ({ subject, severity: 'warning', detail, advice });

/** It does not work. */
export const fault = (subject: string, detail: string, advice: string): Finding => ({ subject, severity: 'fault', detail, advice });

/** It was not looked at. */
export const skipped = (subject: string, detail: string): Finding => ({ subject, severity: 'skipped', detail });

/** Thrown by a check that needs something which is not there, and which another check reports. */
export class NotLookedAt extends Error {}
