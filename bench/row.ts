/** One line of the benchmark table: a figure beside its reference, both measured in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly reference: number;
  /** `value / reference`. */
  readonly ratio: number;
  /** Of `value` and `reference`. */
  readonly unit: string;
  /** The ratio that must hold; null when it is only reported. */
  readonly limit: number | null;
}
