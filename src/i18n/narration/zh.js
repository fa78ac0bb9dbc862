import { translation } from '../catalogue.ts';
import { narrationEn } from './en.ts';
export const narrationZh = translation(narrationEn)({});
