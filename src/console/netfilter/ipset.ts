import { ipsetTool } from '../../core/kernel/ipset/tool.ts'
import type { Command } from '../types.ts'

/** `ipset`, 7.17. */
export const ipsetCommand: Command = (env, place, argv, stdin) => ({
  kind: 'done',
  ...ipsetTool(env.kernel, place.netns, argv, stdin),
})
