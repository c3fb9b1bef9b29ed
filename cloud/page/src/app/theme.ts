import { createTheme, type MantineColorsTuple, mergeThemeOverrides } from '@mantine/core';
import { theme as common } from '../../../../web/page/theme.ts';

/** Another company's colour, so that nobody takes one page for the other. From the ninth on dark enough for white text. */
const plum: MantineColorsTuple = ['#f8f0fc', '#f3d9fa', '#eebefa', '#e599f7', '#da77f2', '#cc5de8', '#be4bdb', '#ae3ec9', '#862e9c', '#702682'];

/** How the cloud's page looks. */
export const theme = mergeThemeOverrides(common, createTheme({ colors: { plum }, primaryColor: 'plum' }));
