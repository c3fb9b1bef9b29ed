/* What the CRM application needs of the job scheduler. `TidegateClient` of scheduler/ is one; tests bring their own. */

/** A synchronisation that a user asks for; `link` is the full name. */
export interface SyncOrder {
  readonly link: string;
  /** Left out: all. */
  readonly collections?: readonly string[];
  /** Selected records, by the values of their keys as text. */
  readonly records?: readonly { readonly collection: string; readonly key: readonly string[] }[];
  /** E-mail address of the user. */
  readonly by: string;
  readonly reason?: string;
}

/** Control over synchronisation. Every call may throw `temporal-unavailable` or `link-stopped`. */
export interface SyncControl {
  /** Asks for forward synchronisation; gives the id of the request row. */
  requestForward(order: SyncOrder): Promise<{ readonly requestId: string }>;
  /** Orders changes of the cloud in; gives the id of the request row. */
  orderReverse(order: SyncOrder): Promise<{ readonly requestId: string }>;
  /** Stops the flow of a link in both directions until it is resumed. */
  pause(link: string, order: { readonly reason: string; readonly by: string }): Promise<unknown>;
  /** Lets a paused link go on. */
  resume(link: string, order: { readonly by: string }): Promise<unknown>;
  /** Whether the job scheduler answers. */
  isReachable(): Promise<boolean>;
}
