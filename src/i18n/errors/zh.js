import { labErrorsZh } from './lab.zh.ts';
import { shareErrorsZh } from './share.zh.ts';
export const errorsZh = { ...labErrorsZh, ...shareErrorsZh };
