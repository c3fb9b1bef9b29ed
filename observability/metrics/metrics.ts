import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { type KeysOf, type LabelsOf, METRICS, type MetricDefinition, type Part } from './catalogue.ts';

/** Reads gauges anew before a scrape. */
export type Collect = () => Promise<void> | void;

/** What is read from a store serves for so long, in milliseconds: several scrapers must not load it. */
const FRESH_MS = 1000;

/** The metrics of one process, made from the catalogue. */
export class Metrics {
  readonly #part: Part;
  readonly #registry = new Registry();
  readonly #collectors: Collect[] = [];

  /** `version` is that of the package. */
  constructor(part: Part, version: string) {
    this.#part = part;
    collectDefaultMetrics({ register: this.#registry });
    this.gauge('build').set({ part, version }, 1);
  }

  /** A counter of the catalogue. Throws where this process has no such metric. */
  counter<K extends KeysOf<'counter'>>(key: K): Counter<LabelsOf<K>> {
    return this.#metric(METRICS[key], (options) => new Counter<LabelsOf<K>>(options));
  }

  /** A gauge of the catalogue. Throws where this process has no such metric. */
  gauge<K extends KeysOf<'gauge'>>(key: K): Gauge<LabelsOf<K>> {
    return this.#metric(METRICS[key], (options) => new Gauge<LabelsOf<K>>(options));
  }

  /** A histogram of the catalogue. Throws where this process has no such metric. */
  histogram<K extends KeysOf<'histogram'>>(key: K): Histogram<LabelsOf<K>> {
    const buckets = [...METRICS[key].buckets];
    return this.#metric(METRICS[key], (options) => new Histogram<LabelsOf<K>>({ ...options, buckets }));
  }

  /** Has gauges read before a scrape, at most once a second. */
  onScrape(collect: Collect): void {
    let readAt = -Infinity;
    let reading: Promise<void> = Promise.resolve();
    this.#collectors.push(() => {
      if (performance.now() - readAt >= FRESH_MS) {
        readAt = performance.now();
        reading = Promise.resolve(collect());
      }
      return reading;
    });
  }

  /** The exposition in Prometheus' text format, read now. */
  async expose(): Promise<{ readonly contentType: string; readonly text: string }> {
    await Promise.all(this.#collectors.map((collect) => collect()));
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #metric<M>(definition: MetricDefinition, make: (options: MetricOptions) => M): M {
    const { name, help, labels, parts } = definition;
    if (!parts.includes(this.#part)) throw new Error(`${name} is no metric of ${this.#part}.`);
    const known = this.#registry.getSingleMetric(name);
    return known === undefined ? make({ name, help, labelNames: [...labels], registers: [this.#registry] }) : (known as M);
  }
}

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  // oxlint-disable-next-line no-explicit-any
  readonly labelNames: any[];
  readonly registers: Registry[];
}
