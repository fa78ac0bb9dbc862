import { iptables, iptablesRestore, iptablesSave } from '../../../src/core/kernel/netfilter/iptables.ts'
import { splitWords } from '../../../src/core/kernel/netfilter/words.ts'
import type { Ruleset } from '../../../src/core/kernel/netfilter/types.ts'
import { stringsOf } from '../files.ts'
import { lazy } from '../lab.ts'
import { type Target, kindOf } from '../target.ts'

const options = () => {
  let id = 0
  return { allocateId: () => ++id, cause: 0 }
}
const SAVED = `*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-A - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.97.201.49/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-A
-A KUBE-SVC-A -m statistic --mode random --probability 0.33333333349 -j DNAT --to-destination 10.244.1.3:80
-A KUBE-SVC-A -m recent --name A --rcheck --seconds 10800 --reap --mask 255.255.255.255 --rsource -j RETURN
COMMIT
*filter
:INPUT ACCEPT [10:2000]
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth+ ! -o cni0 -m mark --mark 0x4000/0x4000 -m limit --limit 5/sec --limit-burst 7 -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -p tcp -m multiport --dports 80,443,8000:8080 -m iprange --src-range 10.0.0.1-10.0.0.9 -j LOG --log-prefix "x y"
COMMIT
`
const seeds = lazy(() => [
  SAVED,
  ...stringsOf('src/core/kernel/netfilter/fixtures/restore.json'),
  ...stringsOf('src/core/kernel/netfilter/fixtures/rules.json').slice(0, 400),
  ...stringsOf('src/core/kernel/netfilter/fixtures/commands.json'),
  ...stringsOf('src/core/agents/kube-proxy/iptables/fixtures/cases.json')
    .filter((text) => text.includes('COMMIT'))
    .slice(0, 6),
])

export const rules: Target = {
  name: 'iptables',
  about:
    'input of iptables-restore, and its lines as arguments of iptables; what is accepted is saved and restored again',
  dictionary: [
    '*nat\n',
    '*filter\n',
    '*mangle\n',
    '*raw\n',
    '*x\n',
    'COMMIT\n',
    ':X - [0:0]\n',
    ':INPUT DROP [1:2]\n',
    '-A X ',
    '-I X 1 ',
    '-D X ',
    '-F X\n',
    '-X X\n',
    '-N X',
    '-P INPUT DROP',
    '-Z',
    '-E X Y',
    '-j ',
    '-g ',
    '! ',
    '-m ',
    '-p tcp',
    '-p udp',
    '-p icmp',
    '-p 255',
    '-s 10.0.0.0/8',
    '-d 1.2.3.4/255.255.0.255',
    '-i eth+',
    '-o lo',
    '-f',
    ...'tcp udp icmp multiport mark connmark conntrack state statistic comment recent physdev addrtype iprange mac owner limit hashlimit set ttl length tcpmss dscp tos rpfilter pkttype u32 string time'
      .split(' ')
      .map((name) => `-m ${name} `),
    ...'ACCEPT DROP RETURN REJECT LOG DNAT SNAT MASQUERADE REDIRECT MARK CONNMARK NOTRACK CT TEE TRACE TPROXY NETMAP TCPMSS TTL NFLOG NFQUEUE SET CLASSIFY'
      .split(' ')
      .map((name) => `-j ${name} `),
    '--dport 80',
    '--sport 1:65536',
    '--dports 1,2,3:4',
    '--mark 0x1/0xff',
    '--ctstate NEW,INVALID',
    '--ctstatus DNAT',
    '--mode nth --every 3 --packet 1',
    '--mode random --probability 0.5',
    '--probability 1e999',
    '--comment "a b"',
    '--name N --rcheck --seconds 9',
    '--src-type LOCAL',
    '--limit 5/sec',
    '--limit-burst 0',
    '--to-destination 1.2.3.4:5-6',
    '--to-source 1.2.3.4-1.2.3.9',
    '--to-ports 5',
    '--random-fully',
    '--set-xmark 0x1/0x1',
    '--save-mark',
    '--tcp-flags SYN,ACK SYN',
    '--reject-with tcp-reset',
    '--clamp-mss-to-pmtu',
    '[1:2] ',
    '[999999999999999999999:0] ',
    '#',
    '"',
    '\\',
    "'",
    '\n',
  ],
  seeds,
  run(input) {
    const empty: Ruleset = {}
    const restored = iptablesRestore(empty, ['-c'], input, options())
    let kind = restored.ok ? 'restored' : `${restored.error.code} ${kindOf(restored.error.stderr)}`
    if (restored.ok) {
      const saved = iptablesSave(restored.value.ruleset, ['-c'], options())
      if (!saved.ok) throw new Error('what was restored cannot be saved')
      const again = iptablesRestore({}, ['-c'], saved.value.stdout, options())
      if (!again.ok) throw new Error(`what was saved cannot be restored: ${again.error.stderr}`)
      const once = iptablesSave(again.value.ruleset, [], options())
      const first = iptablesSave(restored.value.ruleset, [], options())
      if (once.ok && first.ok && once.value.stdout !== first.value.stdout)
        throw new Error('saved, restored and saved again it is different')
      iptables(restored.value.ruleset, ['-t', 'nat', '-L', '-n', '-v'], options())
    } else if (restored.error.stderr === '') throw new Error('refused without a word')
    const line = input.split('\n').find((each) => each.startsWith('-')) ?? input.split('\n')[0]!
    const run = iptables(
      restored.ok ? restored.value.ruleset : empty,
      splitWords(line.slice(0, 5000)).map(({ text }) => text),
      options(),
    )
    kind += run.ok ? ' runs' : ` ${kindOf(run.error.stderr)}`
    return kind
  },
}
