import { spawnSync } from 'node:child_process'
import { exportFile } from '../../../src/core/explain/export/export.ts'
import type { Lab } from '../../../src/core/lab/lab.ts'
import { labCommands } from '../../../src/worker/commands.ts'
import { explainEnv } from '../../../src/worker/views.ts'
import { Sandbox, lazy } from '../lab.ts'
import { shellCommands } from '../shell-lines.ts'
import type { Target } from '../target.ts'

const sandbox = lazy(() => new Sandbox('flannel-vxlan.yaml'))

const ESCAPES = [
  "'; touch /tmp/owned; '",
  '"; touch /tmp/owned; "',
  '$(touch /tmp/owned)',
  '`touch /tmp/owned`',
  '\ntouch /tmp/owned\n',
  '\r\ntouch /tmp/owned\n',
  '\u2028touch /tmp/owned',
  '\nEND\ntouch /tmp/owned\n',
  '\nE\0ND\ntouch /tmp/owned\n',
  '\nCOMMIT\n*nat\n',
  '\\',
  '\\\n',
  '$IFS',
  '${x}',
  '&& reboot',
  '| sh',
  '> /etc/passwd',
  '-M /tmp/x',
  '\u001b[31m',
]
/** Words that commands of an export begin with: none of them is out of the lab. */
const KNOWN =
  /^(ip|bridge|tc|new_space|set_sysctl|impair|inside|etc|serve|play|skip|cat|for|do|done|:|[;{}]|(file|defaults|servers|zone|answers)=.*)$/
const VARIABLES = /^\$(file|defaults|servers|zone|state|here|n)$/

/** What a lab can bring into an export: names and files, lines of its script and what they printed. One input line each. */
function exported(lab: Lab, input: string): string {
  const [name = '', line = '', printed = '', command = '', place = '', ...file] = input.split('\u241e')
  const netns = lab.kernel.t.netnsByHost
    .at('node1')
    .rows()
    .find((row) => row.name === 'host')!.id
  const at = { pid: 0, host: 'node1', netns, hostname: 'node1', fs: 'node1', stdin: '' }
  for (const words of [
    ['ip', 'netns', 'add', name],
    ['ip', 'link', 'add', name.slice(0, 15), 'type', 'dummy'],
    ['ip', 'link', 'add', 'x', 'type', 'veth', 'peer', 'name', line.slice(0, 15)],
    ['iptables', '-A', 'INPUT', '-m', 'comment', '--comment', command, '-j', 'ACCEPT'],
    ['iptables', '-N', name],
    command.split(' '),
  ])
    lab.input('run', 'node1', () => labCommands(lab).run(at, words))
  const stimulus = (text: string, netns: number) => ({ place, netns, line: text, printed: { text: printed, exit: 0 } })
  return exportFile({
    env: explainEnv(lab),
    name,
    now: lab.now,
    lines: () => 1,
    stimuli: [stimulus(line, netns), stimulus(command, netns), stimulus(`curl ${line}`, netns), stimulus(line, 0)],
    etc: (space) => (space === netns ? [{ name: 'hosts', text: file.join('') }] : []),
    httpClient: 'curl/8',
    dnsDomain: 'cluster.local',
  }).text
}

let runs = 0

export const exports: Target = {
  name: 'export',
  about: 'names, files, script lines and output out of a lab, in the script that a person runs as root',
  dictionary: [...ESCAPES, '\u241e', 'ip', 'iptables', '-A INPUT', 'curl', 'ping -c 1', 'ip netns add', 'END', 'END_'],
  seeds: () => [
    'red\u241ecurl -s http://web\u241e200 OK\u241eip netns add blue\u241epod/default/client\u241e127.0.0.1 localhost\n',
    'x\u241eping -c 1 10.0.0.1\u241e1 packets\u241eiptables -N A\u241enode/node1\u241eEND\nEND_\n',
    ...ESCAPES.map(
      (escape) =>
        `a${escape}\u241ecurl ${escape}\u241e${escape}\u241eip netns add ${escape}\u241epod/${escape}\u241e${escape}`,
    ),
  ],
  limit: 4000,
  patience: 3000,
  run(input) {
    const script = sandbox().attempt((lab) => exported(lab, input))
    const own = script.slice(script.indexOf('\nbuild() {') + 9, script.indexOf('\n# ══════════ The verbs'))
    const commands = shellCommands(own)
    for (const { words, expansions, line } of commands) {
      if (['known', 'stimuli', '(', ')'].includes(words[0]!)) continue
      if (!KNOWN.test(words[0]!)) throw new Error(`line ${line} runs ${JSON.stringify(words[0]).slice(0, 60)}`)
      const strange = expansions.find((each) => !VARIABLES.test(each))
      if (strange !== undefined) throw new Error(`line ${line} expands ${strange.slice(0, 60)}`)
    }
    if (++runs % 40 === 1) {
      for (const shell of ['sh', 'bash']) {
        const checked = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' })
        if (checked.status !== 0) throw new Error(`${shell} -n: ${checked.stderr.slice(0, 100)}`)
      }
    }
    return `${commands.length} ${commands.filter(({ words }) => words[0] === 'play').length}`
  },
}
