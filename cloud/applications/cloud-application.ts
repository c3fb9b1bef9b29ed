/** How one field of a collection lives in an application's table. */
export interface ApplicationColumn {
  readonly column: string;
  /** PostgreSQL's name of the column's type. */
  readonly type: string;
  /** Reversible translation: value on the wire -> value in the application. */
  readonly enumeration?: Readonly<Record<string, string>>;
  /** The application makes the value of a new record by itself. */
  readonly made?: true;
  /** The collection whose key it holds. */
  readonly references?: string;
}

/**
 * A cloud application that can hold a collection in its own table, with its own names and values. The table's primary key
 * is the tenant and then the key. What an application has no column for is unsupported there.
 */
export interface CloudApplication {
  /** The collection it stands ready for. */
  readonly collection: string;
  readonly schema: string;
  readonly table: string;
  readonly tenantColumn: string;
  readonly key: readonly string[];
  /** Field on the wire -> column. */
  readonly columns: Readonly<Record<string, ApplicationColumn>>;
}
