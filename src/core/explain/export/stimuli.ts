import type { ExportInput, ExportStimulus } from './input.ts'
import { comment, oneLine } from './comment.ts'
import { type SpaceNames, quote } from './names.ts'
import { safeLine } from './safe-line.ts'

/** What needs a cluster that is not there. */
const NEEDS_CLUSTER: ReadonlySet<string> = new Set(['kubectl', 'k', 'crictl'])
const MAX_SAID = 12

/** The script of the lab as shell lines, each after what it printed in the lab. */
export function stimulusLines(input: ExportInput, names: SpaceNames): readonly string[] {
  if (input.stimuli.length === 0)
    return ['# The script of this lab is empty: enter a namespace and try what you like.', ':']
  return input.stimuli.flatMap((stimulus, i) => [
    ...(i === 0 ? [] : ['']),
    ...comment(`${i + 1}. ${stimulus.place} $ ${stimulus.line}`),
    ...said(stimulus),
    ...action(stimulus, names, input.httpClient),
  ])
}

/** Whether a line of the script is run by the export, or only shown. */
export const isPlayed = ({ netns, line }: Pick<ExportStimulus, 'netns' | 'line'>): boolean =>
  netns !== 0 && safeLine(line).safe

/** So that the real tools send what those of the lab do: the same User-Agent, and no questions about the names of addresses. */
function asInTheLab(words: readonly string[], client: string): readonly string[] {
  const [program = '', ...rest] = words
  const has = (option: RegExp): boolean => rest.some((word) => option.test(word))
  if (program === 'curl' && !has(/^-(A|-user-agent)/)) return [program, '-A', client, ...rest]
  return (program === 'ping' || program === 'traceroute') && !has(/^-[^-]*n/) ? [program, '-n', ...rest] : words
}

function said({ printed }: ExportStimulus): readonly string[] {
  if (!printed) return []
  const lines = printed.text
    .split('\n')
    .map(oneLine)
    .filter((line) => line !== '')
  const shown = lines.length > MAX_SAID ? [...lines.slice(0, MAX_SAID), '…'] : lines
  return [
    `#    In the lab: exit status ${printed.exit}${shown.length === 0 ? '' : ', and it printed'}`,
    ...shown.map((line) => `#    | ${line}`),
  ]
}

function action({ netns, line, place }: ExportStimulus, names: SpaceNames, client: string): readonly string[] {
  const program = /^\s*([\w.-]+)/.exec(line)?.[1] ?? ''
  if (NEEDS_CLUSTER.has(program)) return [`skip ${quote(oneLine(line))} 'there is no API server here'`]
  if (netns === 0)
    return [`skip ${quote(oneLine(line))} ${quote(`${oneLine(place)} does not exist at this moment of the lab`)}`]
  const safe = safeLine(line)
  const space = names.space(netns)
  if (safe.safe) return [`play ${space} ${asInTheLab(safe.words, client).map(quote).join(' ')}`]
  return [
    `skip ${quote(oneLine(line))} ${quote(`${safe.why}; to run it all the same: ip netns exec ${space} sh -c …`)}`,
  ]
}
