/**
 * A text of somebody's inside a sentence of the page: marks in it that turn the direction of writing (U+202E, or a name in Arabic) end
 * with it, and do not turn the rest of the sentence (Unicode TR 9, isolates).
 */
export const isolated = (text: string): string => `\u2068${text}\u2069`;
