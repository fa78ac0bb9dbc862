import { parseArgs } from 'node:util'

export const VERBS = ['run', 'exec', 'trace', 'pcap', 'export', 'verify'] as const
export type Verb = (typeof VERBS)[number]

/** A command line of Hopscope, read. */
export interface Invocation {
  readonly verb: Verb
  /** A file, `-` for standard input, or a share link. */
  readonly lab: string
  readonly in: string | null
  /** `settled`, or a duration of virtual time; `null`: as the verb has it. */
  readonly at: string | null
  readonly until: string | null
  readonly json: boolean
  readonly out: string | null
  /** What to export to. */
  readonly to: string | null
  /** The words after `--`. */
  readonly command: readonly string[]
}

export const USAGE = `Usage: npm run -s hopscope -- VERB LAB [options] [-- COMMAND …]

  run LAB [--until TIME|settled] [--json]        boots, runs the script, prints the narration or the trace as JSON lines
  exec LAB --in PLACE [--at TIME] -- COMMAND…    boots, runs one command there; its output and exit status
  trace LAB --in PLACE [--at TIME] -- COMMAND…   the same, and prints JSON lines: every step of every packet it caused
  pcap LAB --in PLACE -o FILE -- COMMAND…        the same, as pcapng: one interface per device, reasons as comments
  export LAB --to netns [--at TIME] -o DIR       a shell script that rebuilds the lab on a real Linux, in network namespaces
  verify LAB                                     runs twice and from the journal, and compares state hashes

LAB is a file, - for standard input, or a share link. PLACE is node/NAME, host/NAME, router/NAME,
pod/NAMESPACE/NAME[/CONTAINER], or a workload such as deploy/NAMESPACE/NAME. TIME is like 5s or 1.2s, or settled.
`

const NEEDS_PLACE: ReadonlySet<Verb> = new Set(['exec', 'trace', 'pcap'])

/** Reads the arguments after the program's name; a text instead says what is wrong with them. */
export function readArguments(argv: readonly string[]): Invocation | string {
  const dashes = argv.indexOf('--')
  const own = dashes < 0 ? argv : argv.slice(0, dashes)
  const command = dashes < 0 ? [] : argv.slice(dashes + 1)
  let parsed: ReturnType<typeof parseOwn>
  try {
    parsed = parseOwn(own)
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem)
  }
  const { values, positionals } = parsed
  const verb = VERBS.find((each) => each === positionals[0])
  if (!verb) return positionals[0] === undefined ? 'a verb is missing' : `unknown verb ${positionals[0]}`
  const lab = positionals[1]
  if (lab === undefined) return 'LAB is missing'
  if (positionals.length > 2) return `unexpected argument ${positionals[2]}`
  if (NEEDS_PLACE.has(verb) && values.in === undefined) return `${verb} needs --in PLACE`
  if (NEEDS_PLACE.has(verb) && command.length === 0) return `${verb} needs a command after --`
  if (verb === 'pcap' && values.output === undefined) return 'pcap needs -o FILE'
  if (verb === 'export' && values.to === undefined) return 'export needs --to netns'
  if (verb === 'export' && values.output === undefined) return 'export needs -o DIR'
  return {
    verb,
    lab,
    in: values.in ?? null,
    at: values.at ?? null,
    until: values.until ?? null,
    json: values.json ?? false,
    out: values.output ?? null,
    to: values.to ?? null,
    command,
  }
}

const parseOwn = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      in: { type: 'string' },
      at: { type: 'string' },
      until: { type: 'string' },
      json: { type: 'boolean' },
      output: { type: 'string', short: 'o' },
      to: { type: 'string' },
    },
  })
