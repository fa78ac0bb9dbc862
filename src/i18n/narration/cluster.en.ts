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
  'api-event': '{actor} notes about {object}: {text}',
  'api-lease': '{actor} renews {object}: a sign of life.',
  agent: '{actor} — {verb}: {text}',
  'agent-for': '{actor} — {verb} {object}: {text}',
  nothing: 'Nothing has happened yet.',
  other: '{who}: {point}, {verdict}.',
  /** The deepest level: the function of the Linux kernel, and what decided in a tool's words. */
  kernel: '{kernel}() · {tool}',
})
