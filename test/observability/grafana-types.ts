import type { Dashboard, Panel, RowPanel } from '@grafana/schema';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { FieldConfig as Drawn, Options as Timeseries } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/* Types of Grafana's own schema as a file in JSON has them: the texts and numbers of enumerations as they stand there. */

type Json<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}`
      ? N
      : T
    : T extends readonly (infer U)[]
      ? Json<U>[]
      : T extends object
        ? { [K in keyof T]: Json<T[K]> }
        : T;

/** A dashboard, its panels aside. */
export type DashboardInJson = Json<Dashboard>;

/** Panels by their type: what they show, without the options of their kind. */
export type Panels = Json<{ row: RowPanel; stat: Panel; timeseries: Panel }>;

/** Options of each kind of panel. */
export type Options = Json<{ stat: Stat; timeseries: Timeseries }>;

/** How each kind of panel draws a field. */
export type Custom = Json<{ timeseries: Drawn }>;
