import { english } from '../catalogue.ts'

/** The control plane, and what stands in for a sentence that does not exist. */
export const clusterEn = english({
  'api-create': '{actor} creates {object}.',
  'api-update': '{actor} changes {object}.',
  'api-status': '{actor} reports the state of {object}.',
  'api-delete': '{actor} deletes {object}.',
  'api-create-you': 'You create {object}.',
  'api-update-you': 'You change {object}.',
  'api-delete-you': 'You delete {object}.',
  'api-event': '{actor} reports an event of {object}: {text}',
  'api-lease': '{actor} renews {object}: a sign of life.',
  agent: '{actor}, {verb}: {text}',
  'agent-for': '{actor}, {verb} {object}: {text}',
  'agent-boot': '{who} is switched on: {text}.',
  'agent-start': '{actor} starts: {text}',
  'agent-sync': '{actor} brings its rules up to date: {text}',
  'agent-sysctl': '{actor} sets a kernel parameter: {text}',
  'agent-iptables': '{actor} writes iptables rules: {text}',
  'agent-create-device': '{actor} creates a device: {text}',
  'agent-configure-device': '{actor} configures its device: {text}',
  'agent-delete-device': '{actor} deletes a device: {text}',
  'agent-add-lease': '{actor} lays the way to the pods of {object}: {text}',
  'agent-cni-add': '{actor} calls CNI ADD for {object}: {text}',
  'agent-cni-del': '{actor} calls CNI DEL for {object}: {text}',
  nothing: 'Nothing has happened yet.',
  other: '{who}: {point}, {verdict}.',
  /** The deepest level: the function of the Linux kernel, and what decided in a tool's words. */
  kernel: '{kernel}() · {tool}',
})
