/** Writes docs/metrics.md from the catalogue of metrics. */
import { writeFileSync } from 'node:fs';
import { metricsDocument } from '../observability/metrics/document.ts';

writeFileSync(new URL('../docs/metrics.md', import.meta.url), metricsDocument());
