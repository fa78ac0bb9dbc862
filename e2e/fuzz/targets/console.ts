import { completeShellLine, labCommands } from '../../../src/worker/commands.ts'
import { sessionOutput, startSession } from '../../../src/core/lab/session.ts'
import { parsePlace } from '../../../src/scenario/place.ts'
import { Sandbox, lazy } from '../lab.ts'
import { type Target, kindOf } from '../target.ts'

const sandbox = lazy(() => new Sandbox('flannel-vxlan.yaml'))

const TOOLS = [
  'kubectl get pods -A -o wide',
  'kubectl get svc web -o yaml',
  'kubectl get nodes -o jsonpath=\'{.items[*].status.addresses[?(@.type=="InternalIP")].address}\'',
  'kubectl get pods -l app=web,tier!=x --field-selector status.phase=Running',
  'kubectl get po -o custom-columns=NAME:.metadata.name,IP:.status.podIP',
  'kubectl describe pod client',
  'kubectl logs deploy/web --tail=3',
  'kubectl scale deploy web --replicas=2',
  'kubectl delete pod client --grace-period=0',
  'kubectl expose deploy web --port=80 --type=NodePort --name=w2',
  'kubectl run x --image=nginx --labels=a=b -- sleep 3',
  'kubectl create deployment d --image=nginx --replicas=2',
  'kubectl label pod client a=b --overwrite',
  'kubectl annotate svc web x-',
  'kubectl patch svc web -p {"spec":{"type":"NodePort"}}',
  'kubectl apply -f -\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: nginx}]}\n',
  'kubectl rollout status deploy/web',
  'kubectl rollout undo deploy web',
  'kubectl exec client -- ip addr',
  'kubectl explain pod.spec',
  'kubectl api-resources',
  'kubectl set image deploy/web nginx=nginx:2',
  'kubectl wait --for=condition=Ready pod/client --timeout=5s',
  'kubectl get endpointslices -o json',
  'kubectl top nodes',
  'kubectl auth can-i get pods',
  'kubectl cordon node1',
  'kubectl drain node1 --ignore-daemonsets',
  'kubectl taint nodes node1 a=b:NoSchedule',
  'kubectl config view',
  'ip addr',
  'ip -d -s -j link show eth0',
  'ip route get 10.244.1.3 from 10.0.0.1 iif eth0',
  'ip route add 10.9.0.0/16 via 192.168.10.11 dev eth0 table 100 metric 5',
  'ip route replace default nexthop via 192.168.10.11 weight 2 nexthop via 192.168.10.12',
  'ip rule add pref 5 from 10.0.0.0/8 fwmark 0x1/0xff lookup 100',
  'ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent',
  'ip link add br9 type bridge',
  'ip link add v1 type veth peer name v2 netns x',
  'ip link add vx type vxlan id 9 local 192.168.10.11 dev eth0 dstport 4789 nolearning',
  'ip link set eth0 mtu 1400 down',
  'ip link del cni0',
  'ip netns add red',
  'ip netns exec red ip link',
  'ip -n red addr add 10.1.1.1/24 dev lo',
  'ip addr del 10.244.1.1/24 dev cni0',
  'ip monitor',
  'bridge fdb show br cni0',
  'bridge fdb append 02:00:00:00:00:01 dev flannel.1 dst 1.2.3.4 self permanent',
  'bridge link set dev eth0 hairpin on',
  'bridge -d link',
  'iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:80-90',
  'iptables -t nat -L -n -v --line-numbers',
  'iptables -S KUBE-SERVICES -t nat',
  'iptables -D INPUT 1',
  'iptables-save -c -t nat',
  'iptables-restore --noflush\n*nat\n:X - [0:0]\n-A X -j ACCEPT\nCOMMIT\n',
  'nft list ruleset',
  'nft list table ip nat',
  'conntrack -L -p tcp --dport 80',
  'conntrack -D -s 10.244.2.3',
  'sysctl -w net.ipv4.ip_forward=0',
  'sysctl net.ipv4.conf.all.rp_filter',
  'sysctl -a',
  'ss -tlnp',
  "ss -o state established '( dport = :80 or sport = :80 )'",
  'ethtool -k eth0',
  'ipset list',
  'ipvsadm -Ln',
  'crictl ps -a',
  'crictl inspect x',
  "tcpdump -ni any -c 5 'tcp port 80 and not (host 10.0.0.1 or net 10.244.0.0/16) and tcp[tcpflags] & tcp-syn != 0'",
  'tcpdump -i cni0 -vv -e -XX arp or icmp',
]
const WORDS = [...new Set(TOOLS.flatMap((line) => line.split(/\s+/)))]

const PLACES = [
  { kind: 'node', host: 'node1' },
  { kind: 'host', host: 'laptop' },
] as const

/** Words of a line as a shell would cut them, the quickest way. */
const cut = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!)

export const commands: Target = {
  name: 'console',
  about:
    'command lines of the console (kubectl, ip, bridge, iptables, nft, conntrack, sysctl, ss, tcpdump …), the rest of the input as stdin',
  dictionary: [
    ...WORDS,
    '--',
    '-o',
    '-f -',
    '--all',
    '-w',
    '-n',
    '{',
    '}',
    '[?(@.a==1)]',
    '..',
    '\n',
    'web',
    'client',
    'node1',
    'KUBE-SERVICES',
    '10.244.1.0/24',
    '::1',
    '0',
    '-1',
    '999999999999',
    '-h',
    '--help',
    '__proto__',
    'constructor',
  ],
  seeds: () => TOOLS,
  run(input) {
    const [line = '', ...rest] = input.split('\n')
    const argv = cut(line)
    return sandbox().attempt((lab) => {
      const { host } = PLACES[input.length % PLACES.length]!
      const netns = lab.kernel.t.netnsByHost
        .at(host)
        .rows()
        .find((row) => row.name === 'host')!.id
      const place = { pid: 0, host, netns, hostname: host, fs: host, stdin: rest.join('\n') }
      const result = lab.input('run', host, () => labCommands(lab).run(place, argv))
      if (!result) return 'no tool'
      const text = result.stderr !== '' ? result.stderr : result.stdout
      const exit = 'exit' in result ? result.exit : 'goes on'
      if (exit !== 0 && exit !== 'goes on' && result.stderr === '' && result.stdout === '')
        return `silent ${argv[0]} ${argv[1]} ${exit}`
      lab.run({ events: 300 })
      return `${argv[0]} ${exit} ${kindOf(text)}`
    })
  },
}

const LINES = [
  'curl -sv -m 3 http://web | head -1',
  'ping -c 2 -W 1 10.244.1.3 && echo ok || echo no',
  'for i in 1 2 3; do curl -s -o /dev/null -w "%{http_code}\\n" http://web; done',
  'while true; do ping -c 1 web; sleep 1; done',
  'if [ -f /etc/hosts ]; then cat /etc/hosts; else echo none; fi',
  'dig +short @10.96.0.10 web.default.svc.cluster.local',
  'nslookup web',
  'nc -zv -w 1 web 80',
  'echo GET / | nc web 80',
  'wget -qO- http://web',
  'traceroute -n -m 5 10.244.1.3',
  'x=$(cat /etc/resolv.conf | grep nameserver | cut -d" " -f2); echo "${x:-none}"',
  'seq 1 5 | wc -l',
  'cat <<EOF\nhello $HOME\nEOF',
  '(sleep 1; echo late) & wait',
  'timeout 2 ping web',
  'echo a > /tmp/x; cat /tmp/x /tmp/y 2>&1 | sort -u | tail -n 1',
  'set -e; false; echo no',
  'echo $((1+2*3)) $? $# $@ $$',
  'ss -tan; env; hostname; date; id; ls -l /etc',
  "printf '%s %d\\n' a 1",
  'sh -c "exit 3"',
  'trap "echo bye" EXIT; exit 1',
  'getent hosts web',
  'ip route; ip neigh',
  'case $x in a*) echo a;; *) echo other;; esac',
  'f() { echo "$1"; }; f x',
  'curl -X POST -d @/etc/hosts -H "Host: x" http://web/path?q=1#f',
  'telnet web 80',
]

export const shells: Target = {
  name: 'shell',
  about: 'lines for the shells of the lab, run there for some thousand events, and their completion',
  dictionary: [
    ...new Set(LINES.flatMap((line) => line.split(/\s+/))),
    ';',
    '&',
    '&&',
    '||',
    '|',
    '>',
    '>>',
    '<',
    '<<',
    '2>&1',
    '$(',
    ')',
    '`',
    '${',
    '}',
    '((',
    '))',
    '"',
    "'",
    '\\',
    '\n',
    '*',
    '?',
    '~',
    '!',
    'do',
    'done',
    'fi',
    'esac',
    'while',
    'until',
    'function',
    'break',
    'return',
    'eval',
    'exec',
    'read',
    'shift',
    '$0',
    '$constructor',
    '${__proto__}',
    '__proto__=x',
  ],
  seeds: () => LINES,
  // what a line of a lab's script may have
  limit: 4096,
  patience: 2000,
  run(input) {
    return sandbox().attempt((lab) => {
      const where = input.length % 2 === 0 ? 'pod/default/client' : 'node/node1'
      completeShellLine(lab, where, input.slice(0, 300))
      const started = lab.input('run', where, () => startSession(lab, parsePlace(where)!, where, input))
      if (!started.ok) return started.error.code
      const stopped = lab.run({ events: 3000, until: lab.now + 30e9 })
      const { stdout, stderr, exit } = sessionOutput(lab, started.value)
      return `${stopped} ${exit} ${kindOf(stderr || stdout)}`
    })
  },
}
