import { english } from '../catalogue.ts';
/** One plain sentence per kind of step. Keys are the step kinds that the trace emits. */
export const narrationEn = english({});
