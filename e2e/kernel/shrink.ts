import { type Scenario, type Setup, type Stimulus, namespacesOf } from './language.ts'

/** How many smaller scenarios are tried at most. */
const TRIES = 120

/**
 * The smallest form of a scenario that still differs: without stimuli, machines, rules and steps that do not matter. `differs` plays a
 * candidate on both sides; one that cannot be played does not differ.
 */
export async function shrink(s: Scenario, differs: (s: Scenario) => Promise<boolean>): Promise<Scenario> {
  let [smallest, tries] = [s, 0]
  for (let again = true; again;) {
    again = false
    for (const candidate of smaller(smallest)) {
      if (candidate.stimuli.length === 0) continue
      if (++tries > TRIES) return smallest
      if (!(await differs(candidate).catch(() => false))) continue
      smallest = candidate
      again = true
      break
    }
  }
  return smallest
}

/** One thing less, the largest things first. */
function* smaller(s: Scenario): Generator<Scenario> {
  if (s.stimuli.length > 2) {
    const half = Math.ceil(s.stimuli.length / 2)
    yield { ...s, stimuli: s.stimuli.slice(0, half) }
    yield { ...s, stimuli: s.stimuli.slice(half) }
  }
  for (const ns of namespacesOf(s)) yield withoutMachine(s, ns)
  if ((s.servers ?? []).length > 0) yield { ...s, servers: [] }
  for (let i = s.stimuli.length - 1; i >= 0; i--) yield { ...s, stimuli: s.stimuli.filter((_, at) => at !== i) }
  for (const [i, step] of s.setup.entries())
    for (const less of lessOf(step)) yield { ...s, setup: put(s.setup, i, less) }
  for (const [i, stimulus] of s.stimuli.entries())
    for (const less of lessOfStimulus(stimulus)) yield { ...s, stimuli: put(s.stimuli, i, less) }
}

const put = <T>(list: readonly T[], at: number, item: T | null): readonly T[] =>
  list.flatMap((each, i) => (i !== at ? [each] : item === null ? [] : [item]))

/** Every step that names the machine goes with it. */
function withoutMachine(s: Scenario, ns: string): Scenario {
  const names = (step: Setup): boolean => (step.do === 'veth' ? step.a.ns === ns || step.b.ns === ns : step.ns === ns)
  return {
    ...s,
    setup: s.setup.filter((step) => !names(step)),
    servers: (s.servers ?? []).filter((server) => server.ns !== ns),
    stimuli: s.stimuli.filter((step) => {
      if (step.do === 'change') return !names(step.change)
      return step.do === 'wait' || step.ns !== ns
    }),
  }
}

/** A step less, or with a rule less. */
function lessOf(step: Setup): readonly (Setup | null)[] {
  if (step.do === 'ns') return step.bridgeNf ? [{ ...step, bridgeNf: false }] : []
  if (step.do === 'port') return step.hairpin ? [{ ...step, hairpin: false }] : []
  // Without these the result depends on how long a run takes.
  if (step.do === 'sysctl' && /tcp_(synack_retries|rto_min_us)$/.test(step.name)) return []
  if (step.do === 'iptables') return [null, ...fewerRules(step.text).map((text) => ({ ...step, text }))]
  return step.do === 'veth' || step.do === 'bridge' || step.do === 'addr' ? [] : [null]
}

function fewerRules(text: string): readonly string[] {
  const lines = text.split('\n')
  const rules = lines.flatMap((line, i) => (line.startsWith('-A') ? [i] : []))
  return rules.length < 2 ? [] : rules.map((rule) => tidy(lines.filter((_, i) => i !== rule)))
}

/** Without tables that have nothing in them any more. */
const tidy = (lines: readonly string[]): string =>
  lines
    .join('\n')
    .split(/(?<=COMMIT\n)/)
    .filter((table) => /^(-A|:)/m.test(table))
    .join('')

function lessOfStimulus(s: Stimulus): readonly Stimulus[] {
  if (s.do === 'change') return lessOf(s.change).flatMap((change) => (change ? [{ ...s, change }] : []))
  if (s.do !== 'ping' && s.do !== 'udp') return []
  const { size, df, ttl, ...plain } = s
  return size === undefined && df === undefined && ttl === undefined ? [] : [plain]
}
