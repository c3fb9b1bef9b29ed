import { Badge, createTheme, Loader, type MantineColorsTuple, Menu, Table, Tooltip } from '@mantine/core';

/** The deep water of the sign. From the ninth on it is dark enough for white text, also under the pointer. */
const tide: MantineColorsTuple = ['#e3fafc', '#c5f6fa', '#99e9f2', '#66d9e8', '#3bc9db', '#22b8cf', '#15aabf', '#1098ad', '#0b7285', '#095c6b'];

/** How the page looks. */
export const theme = createTheme({
  colors: { tide },
  primaryColor: 'tide',
  primaryShade: 8,
  defaultRadius: 'md',
  autoContrast: true,
  respectReducedMotion: true,
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
  headings: { fontWeight: '650' },
  components: {
    // A state that is cut off says nothing.
    Badge: Badge.extend({ defaultProps: { variant: 'filled', tt: 'none', fw: 550, miw: 'max-content' } }),
    // A bare element must not have a name.
    Loader: Loader.extend({ defaultProps: { role: 'status' } }),
    // Within the page's landmark, and the first entry has the focus: a place of its own for the focus is no entry of a menu.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false, portalProps: { target: 'main' } } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 'xs', highlightOnHover: true } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, multiline: true, maw: 320, openDelay: 200 } }),
  },
});
