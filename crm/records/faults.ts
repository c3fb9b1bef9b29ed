/** Something wrong with a record as a whole: at which field, and the word for it. */
export interface Fault {
  readonly field: string;
  readonly fault: 'needed' | 'name-needed' | 'order' | 'end-without-start' | 'time-without-date' | 'zone-without-time' | 'not-all-day';
  /** For who has no page: one sentence. */
  readonly message: string;
}

/** A zod check out of a function that finds faults. */
export function refineBy<T>(check: (value: T) => readonly Fault[]) {
  return (value: T, context: { addIssue(issue: { code: 'custom'; path: string[]; message: string; params: { fault: string } }): void }): void => {
    for (const { field, fault, message } of check(value)) context.addIssue({ code: 'custom', path: [field], message, params: { fault } });
  };
}
