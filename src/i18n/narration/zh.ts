import { clusterZh } from './cluster.zh.ts'
import { dropsZh } from './drops.zh.ts'
import { pathZh } from './path.zh.ts'
import { rulesZh } from './rules.zh.ts'
import { socketsZh } from './sockets.zh.ts'

export const narrationZh = { ...pathZh, ...rulesZh, ...socketsZh, ...clusterZh, ...dropsZh }
