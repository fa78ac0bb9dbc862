import { type Need, type Scenario, TOOLS, type Tool } from '../language.ts'
import { tryIsolated } from './isolated.ts'

/** One command for each need, in a new network namespace with a device `v0`. */
const TRIALS: Readonly<Record<Need, string>> = {
  bridge: 'ip link add x type bridge',
  vxlan: 'ip link add x type vxlan id 1 dev v0 dstport 4789',
  dummy: 'ip link add x type dummy',
  vlan: 'ip link add link v0 name x type vlan id 5',
  macvlan: 'ip link add link v0 name x type macvlan mode bridge',
  ipvlan: 'ip link add link v0 name x type ipvlan mode l2',
  ipip: 'ip link add x type ipip local 10.0.0.1 remote 10.0.0.2',
  gre: 'ip link add x type gre local 10.0.0.1 remote 10.0.0.2',
  geneve: 'ip link add x type geneve id 1 remote 10.0.0.2',
  wireguard: 'wg --version && ip link add x type wireguard',
  tun: 'ip tuntap add dev x mode tun',
  ...toolTrials(),
}

/** What this machine's kernel cannot be asked for. */
export function lackingOnHost(): ReadonlySet<Need> {
  const needs = Object.keys(TRIALS) as Need[]
  const trials = needs.map((need) => `( ${TRIALS[need]} ) >/dev/null 2>&1 || echo ${need}; ip link del x 2>/dev/null`)
  const script = `ip link add v0 type veth peer name v1; ${trials.join('; ')}; true`
  return new Set(
    tryIsolated(script)
      .stdout.split('\n')
      .filter((word): word is Need => Object.hasOwn(TRIALS, word)),
  )
}

function toolTrials(): Readonly<Record<`tool ${Tool}`, string>> {
  const trials = TOOLS.map((tool) => [`tool ${tool}`, `command -v ${tool}`])
  return Object.fromEntries(trials) as Record<`tool ${Tool}`, string>
}

const NEEDS = new Set<string>(Object.keys(TRIALS))

/** What is asked of tools that the guest does not have. */
export const toolsOf = (s: Scenario): readonly Tool[] =>
  s.stimuli.flatMap((step) => (step.do === 'ask' ? TOOLS.filter((tool) => step.command.split(' ')[0] === tool) : []))

export function needsOf(s: Scenario): ReadonlySet<Need> {
  const steps = [...s.setup, ...s.stimuli.flatMap((step) => (step.do === 'change' ? [step.change] : []))]
  const words: readonly string[] = steps.map((step) => step.do)
  const made = words.filter((word): word is Need => NEEDS.has(word))
  return new Set<Need>([...made, ...toolsOf(s).map((tool) => `tool ${tool}` as const)])
}
