// What the page offers, and what support/observe.js leaves in it.
declare global {
  var gatescope: any;
  var observed: { workers: Worker[]; history: Record<string, number[]>; norms: Record<string, number[]> };
  var painted: Set<string>;
  var firsts: { shown: number; moved: number };
  var pace: { long: number[]; frames: number[] };
}
export {};
