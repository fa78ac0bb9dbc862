import type { Kernel } from '../kernel.ts'
import { type IpsetRun, finish } from './answer.ts'
import { command } from './command.ts'
import { restoreSets } from './restore.ts'
import { OPTIONS, USAGE, flagsOf } from './usage.ts'

/** One run of ipset 7.17 in a namespace, given its arguments without the program name. Writes the sets. */
export function ipsetTool(k: Kernel, netns: number, argv: readonly string[], stdin = ''): IpsetRun {
  const words = argv.filter((word) => !OPTIONS.has(word))
  const flags = flagsOf(argv)
  const [verb = '', ...rest] = words
  if (argv.includes('-v') || argv.includes('--version') || verb === 'version')
    return { stdout: 'ipset v7.17, protocol version: 7\n', stderr: '', exit: 0 }
  if (verb === 'help' || verb === '-h' || verb === '--help') return { stdout: USAGE, stderr: '', exit: 0 }
  if (verb === 'restore' || verb === '-R') return restoreSets(k, netns, stdin, flags)
  return finish(command(k, netns, verb, rest, flags))
}
