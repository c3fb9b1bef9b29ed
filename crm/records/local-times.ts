/*
 * Dates and wall times have no zone; Prisma carries them in a Date whose UTC parts are meant. These are the only places
 * where such a Date is read or made.
 */

/** `2026-07-30` of a date column. */
export function dateText(date: Date | null): string | null {
  return date === null ? null : date.toISOString().slice(0, 10);
}

/** `2026-07-30T09:30:00` of a timestamp column without zone; a fraction only where there is one. */
export function wallTimeText(date: Date | null): string | null {
  return date === null
    ? null
    : date
        .toISOString()
        .slice(0, 23)
        .replace(/\.000$/, '');
}

/** `09:30:00` of a time column. */
export function timeOfDayText(date: Date | null): string | null {
  return date === null ? null : date.toISOString().slice(11, 19);
}

/** A Date for a date column. */
export function dateValue(text: string | null): Date | null {
  return text === null ? null : new Date(`${text}T00:00:00Z`);
}

/** A Date for a timestamp column without zone. */
export function wallTimeValue(text: string | null): Date | null {
  return text === null ? null : new Date(`${text}Z`);
}

/** A Date for a time column. */
export function timeOfDayValue(text: string | null): Date | null {
  return text === null ? null : new Date(`1970-01-01T${text}Z`);
}
