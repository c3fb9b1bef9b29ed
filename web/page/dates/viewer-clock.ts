/** The zone of the viewer's clock, by its IANA name. */
export const VIEWER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

// Swedes write dates as ISO 8601 does.
const iso = new Intl.DateTimeFormat('sv-SE');

/** Today on the viewer's clock: `2026-07-30`. */
export const today = (): string => iso.format(new Date());
