/** Who reads a page, as its browser tells of them. */
export interface Reader {
  /** Tags, the most wanted first. */
  readonly languages: readonly string[];
  /** The zone of the reader's clock. */
  readonly zone?: string;
  /** The language that was chosen on the page. */
  readonly chosen?: string;
}

/** What the page has told the browser of its language, and kept there. */
export interface Told {
  readonly documentLanguage: () => string;
  readonly kept: ReadonlyMap<string, string>;
}

/**
 * Stands in for the little that a page's words need of a browser, for tests of its functions without one. Call it before the page's
 * modules are loaded (`await import`): words and formats are picked once.
 */
export function readAs({ languages, zone = 'UTC', chosen }: Reader): Told {
  process.env['TZ'] = zone;
  const kept = new Map(chosen === undefined ? [] : [['tidegate-language', chosen]]);
  const documentElement = { lang: '' };
  const globals = {
    navigator: { languages },
    localStorage: { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) },
    document: { documentElement },
  };
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return { documentLanguage: () => documentElement.lang, kept };
}
