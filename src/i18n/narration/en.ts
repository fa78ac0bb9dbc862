import { english } from '../catalogue.ts'
import { clusterEn } from './cluster.en.ts'
import { dropsEn } from './drops.en.ts'
import { pathEn } from './path.en.ts'
import { rulesEn } from './rules.en.ts'
import { socketsEn } from './sockets.en.ts'

/**
 * One plain sentence per kind of step. Keys are those of `core/explain/narrate.ts`; every sentence may also use `who`, `dev`, `mark`,
 * `flow`, `kernel` and `tool`. `narration.kernel` with the same parameters is the deepest level of every step.
 */
export const narrationEn = english({ ...pathEn, ...rulesEn, ...socketsEn, ...clusterEn, ...dropsEn })
