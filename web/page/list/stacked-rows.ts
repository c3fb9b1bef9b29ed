import './stacked-rows.css';
import type { MantineBreakpoint, MantineTheme } from '@mantine/core';

/** Where rows stand one below the other; stacked-rows.css has the same width. */
const STACKED = '(max-width: 35.99em)';

/** Names the values of a column where rows are stacked, and no heading stands above them. */
export const namedCells = (title: string): { readonly customCellAttributes: () => Record<string, unknown> } => ({
  customCellAttributes: () => ({ 'data-title': title }),
});

/** When a column is shown: where rows are stacked, for there is room below each other, and in windows from a width on. */
export const stackedOrFrom = (breakpoint: MantineBreakpoint): ((theme: MantineTheme) => string) => {
  return ({ breakpoints }) => `${STACKED}, (min-width: ${breakpoints[breakpoint]})`;
};

/** Whether a click on a row ends the marking of a text in it: who copies a telephone number does not want to open anything. */
export const isMarkingText = (): boolean => globalThis.getSelection()?.isCollapsed === false;
