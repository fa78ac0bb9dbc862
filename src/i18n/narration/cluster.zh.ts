import { translation } from '../catalogue.ts'
import { clusterEn } from './cluster.en.ts'

export const clusterZh = translation(clusterEn)({
  'api-create': '{actor} 创建 {object}。',
  'api-update': '{actor} 修改 {object}。',
  'api-status': '{actor} 上报 {object} 的状态。',
  'api-delete': '{actor} 删除 {object}。',
  'api-create-you': '你创建了 {object}。',
  'api-update-you': '你修改了 {object}。',
  'api-delete-you': '你删除了 {object}。',
  'api-event': '{actor} 记录关于 {object} 的事件：{text}',
  'api-lease': '{actor} 续租 {object}，表明自己仍在运行。',
  agent: '{actor} 执行（{verb}）：{text}',
  'agent-for': '{actor} 执行（{verb} {object}）：{text}',
  nothing: '还没有发生任何事。',
  other: '{who} 的步骤：{point}，{verdict}。',
  kernel: '内核函数 {kernel}() · {tool}',
})
