import { english } from '../catalogue.ts';
import { labErrorsEn } from './lab.en.ts';
import { shareErrorsEn } from './share.en.ts';
export const errorsEn = english({ ...labErrorsEn, ...shareErrorsEn });
