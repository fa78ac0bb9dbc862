import { translation } from '../catalogue.ts'
import { clusterEn } from './cluster.en.ts'

export const clusterZh = translation(clusterEn)({
  'api-create': '{actor} 创建 {object}。',
  'api-update': '{actor} 修改 {object}。',
  'api-status': '{actor} 上报 {object} 的状态。',
  'api-delete': '{actor} 删除 {object}。',
  agent: '{actor} 执行：{text}',
  'agent-for': '{actor} 为 {object} 执行：{text}',
  nothing: '还没有发生任何事。',
  other: '{who} 的步骤：{point}，{verdict}。',
  kernel: '内核函数 {kernel}() · {tool}',
})
