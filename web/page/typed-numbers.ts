/*
 * Numbers as people of a language type and read them: `1200,50`, `1.200,50`, `1,200.50`. What is kept has a point and no groups. No number
 * passes through a float.
 */

/** How one language writes and reads numbers. */
export interface TypedNumbers {
  /** What is kept, as people of the language write it; anything else stays as it is. */
  write(kept: string): string;
  /** What was typed, as it is kept; undefined where that is no number. A point alone is read in every language, where it parts no thousands. */
  read(typed: string): string | undefined;
}

const KEPT = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;

/** Numbers in a language, by its tag. */
export function typedNumbers(formatLanguage: string): TypedNumbers {
  const parts = new Intl.NumberFormat(formatLanguage).formatToParts(1_234_567.8);
  const signOf = (type: 'decimal' | 'group'): string => parts.find((part) => part.type === type)?.value ?? '';
  const [decimal, group] = [signOf('decimal') || '.', signOf('group')];
  const literal = (sign: string): string => sign.replaceAll(/[.\\*+?^${}()|[\]]/g, String.raw`\$&`);
  const grouped = new RegExp(String.raw`^-?\d{1,3}(${literal(group)}\d{3})+(${literal(decimal)}\d+)?$`);
  const plain = new RegExp(String.raw`^-?\d+(${literal(decimal)}\d+)?$`);
  return {
    write: (kept) => (/^-?\d+\.\d+$/.test(kept) ? kept.replace('.', decimal) : kept),
    read: (typed) => {
      const text = typed.trim();
      if (group !== '' && grouped.test(text)) return text.replaceAll(group, '').replace(decimal, '.');
      if (plain.test(text)) return text.replace(decimal, '.');
      return KEPT.test(text) ? text : undefined;
    },
  };
}
