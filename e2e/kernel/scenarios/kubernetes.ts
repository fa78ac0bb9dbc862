import type { Scenario } from '../language.ts'
import { type ServiceRules, serviceRules } from './service-rules.ts'
import { cluster, ping, tcp, udp } from './topologies.ts'

const WEB: ServiceRules = { vip: '10.96.0.10', port: 80, endpoints: ['10.244.1.3:8080', '10.244.2.3:8080'] }
const SERVERS = [
  { ns: 'p1b', proto: 'tcp', port: 8080 },
  { ns: 'p2b', proto: 'tcp', port: 8080 },
  { ns: 'p1b', proto: 'udp', port: 5353 },
  { ns: 'p2b', proto: 'udp', port: 5353 },
] as const

const rules = (services: readonly ServiceRules[]) =>
  ['n1', 'n2'].map((ns) => ({ do: 'iptables', ns, text: serviceRules(services) }) as const)

/** Rules that differ by node: externalTrafficPolicy: Local knows the endpoints beside it. */
const localRules = (service: ServiceRules) =>
  ['n1', 'n2'].map((ns, i) => {
    const local = service.endpoints.filter((endpoint) => endpoint.startsWith(`10.244.${i + 1}.`))
    return { do: 'iptables', ns, text: serviceRules([{ ...service, local }]) } as const
  })

export const KUBERNETES: readonly Scenario[] = [
  {
    name: 'pod-same-node',
    about: 'two pods of one node, over its bridge',
    setup: cluster(),
    servers: SERVERS,
    stimuli: [
      ping('p1a', '10.244.1.3', { count: 2 }),
      tcp('p1a', 40001, '10.244.1.3', 8080),
      udp('p1a', 40002, '10.244.1.3', 5353),
    ],
  },
  {
    name: 'pod-other-node',
    about: 'two pods of two nodes, through flannel’s VXLAN',
    setup: cluster(),
    servers: SERVERS,
    stimuli: [
      ping('p1a', '10.244.2.3', { count: 2 }),
      tcp('p1a', 40001, '10.244.2.3', 8080),
      udp('p1a', 40002, '10.244.2.3', 5353),
    ],
  },
  {
    name: 'pod-node',
    about: 'pods and their own and other nodes, both ways',
    setup: cluster(),
    servers: [...SERVERS, { ns: 'n1', proto: 'tcp', port: 10250 }],
    stimuli: [
      ping('n1', '10.244.1.2'),
      ping('n1', '10.244.2.2'),
      ping('p1a', '192.168.56.11'),
      ping('p1a', '192.168.56.12'),
      ping('p1a', '10.244.1.1'),
      ping('p2a', '10.244.1.0'),
      tcp('n2', 40001, '10.244.1.3', 8080),
      tcp('p2a', 40002, '192.168.56.11', 10250),
    ],
  },
  {
    name: 'cluster-ip',
    about: 'a ClusterIP: endpoint on this node, on the other one, and oneself (hairpin)',
    setup: [...cluster(), ...rules([WEB])],
    servers: SERVERS,
    stimuli: [
      tcp('p1a', 40001, '10.96.0.10', 80),
      tcp('p1a', 40002, '10.96.0.10', 80),
      tcp('p1b', 40003, '10.96.0.10', 80),
      tcp('p1b', 40004, '10.96.0.10', 80),
      tcp('n1', 40005, '10.96.0.10', 80),
      tcp('n1', 40006, '10.96.0.10', 80),
      ping('p1a', '10.96.0.10'),
    ],
  },
  {
    name: 'cluster-ip-no-hairpin',
    about: 'a pod that reaches itself by the ClusterIP where its bridge port has no hairpin mode',
    setup: [...cluster({ hairpin: false }), ...rules([{ ...WEB, endpoints: ['10.244.1.3:8080'] }])],
    servers: SERVERS,
    stimuli: [tcp('p1b', 40001, '10.96.0.10', 80, { patience: 1500 })],
  },
  {
    name: 'cluster-ip-no-bridge-nf',
    about: 'without br_netfilter the answer of an endpoint on the same node comes from the wrong address',
    setup: [...cluster({ bridgeNf: false }), ...rules([WEB])],
    servers: SERVERS,
    stimuli: [tcp('p1a', 40001, '10.96.0.10', 80, { patience: 1500 }), tcp('p1a', 40002, '10.96.0.10', 80)],
  },
  {
    name: 'cluster-ip-udp',
    about: 'a UDP Service, twice from one port: the second datagram follows the first one’s connection',
    setup: [
      ...cluster(),
      ...rules([{ vip: '10.96.0.53', port: 53, proto: 'udp', endpoints: ['10.244.1.3:5353', '10.244.2.3:5353'] }]),
    ],
    servers: SERVERS,
    stimuli: [
      udp('p1a', 40001, '10.96.0.53', 53),
      udp('p1a', 40001, '10.96.0.53', 53),
      udp('p1a', 40002, '10.96.0.53', 53),
      udp('p1b', 40003, '10.96.0.53', 53),
      udp('n2', 40004, '10.96.0.53', 53),
    ],
  },
  {
    name: 'cluster-ip-dead-endpoint',
    about: 'a Service whose only endpoint listens no more: RST and ICMP come back through the translation',
    setup: [
      ...cluster(),
      ...rules([
        { ...WEB, endpoints: ['10.244.2.2:8080'] },
        { vip: '10.96.0.53', port: 53, proto: 'udp', endpoints: ['10.244.2.2:5353'] },
      ]),
    ],
    stimuli: [
      tcp('p1a', 40001, '10.96.0.10', 80),
      udp('p1a', 40002, '10.96.0.53', 53),
      tcp('n1', 40003, '10.96.0.10', 80),
    ],
  },
  {
    name: 'service-no-endpoints',
    about: 'a Service without endpoints: REJECT from FORWARD and OUTPUT',
    setup: [...cluster(), ...rules([{ ...WEB, endpoints: [] }])],
    stimuli: [
      tcp('p1a', 40001, '10.96.0.10', 80),
      tcp('n1', 40002, '10.96.0.10', 80),
      udp('p1a', 40003, '10.96.0.10', 80, { patience: 200 }),
    ],
  },
  {
    name: 'node-port',
    about: 'NodePort, policy Cluster: from outside, from the node itself, from a pod, by the other node',
    setup: [...cluster({ outside: true }), ...rules([{ ...WEB, nodePort: 30080 }])],
    servers: SERVERS,
    stimuli: [
      tcp('ext', 40001, '192.168.56.11', 30080),
      tcp('ext', 40002, '192.168.56.11', 30080),
      tcp('ext', 40003, '192.168.56.12', 30080),
      tcp('n1', 40004, '192.168.56.11', 30080),
      tcp('n1', 40005, '192.168.56.12', 30080),
      tcp('p1a', 40006, '192.168.56.11', 30080),
      tcp('p1a', 40007, '192.168.56.12', 30080),
    ],
  },
  {
    name: 'node-port-local',
    about: 'NodePort, policy Local: the client’s address is kept, and a node without endpoint drops',
    setup: [...cluster({ outside: true }), ...localRules({ ...WEB, endpoints: ['10.244.2.3:8080'], nodePort: 30080 })],
    servers: SERVERS,
    stimuli: [
      tcp('ext', 40001, '192.168.56.12', 30080),
      tcp('ext', 40002, '192.168.56.11', 30080),
      tcp('n1', 40003, '192.168.56.11', 30080),
      tcp('p1a', 40004, '192.168.56.12', 30080),
      tcp('n2', 40005, '192.168.56.12', 30080),
    ],
  },
  {
    name: 'pod-outside',
    about: 'from a pod to the world: masqueraded by the node; two pods with one source port',
    setup: [...cluster({ outside: true }), ...rules([WEB])],
    servers: [
      { ns: 'ext', proto: 'tcp', port: 443 },
      { ns: 'ext', proto: 'udp', port: 123 },
    ],
    stimuli: [
      ping('p1a', '192.168.56.100'),
      tcp('p1a', 40001, '192.168.56.100', 443),
      tcp('p1b', 40001, '192.168.56.100', 443),
      udp('p1a', 40002, '192.168.56.100', 123),
      udp('p1b', 40002, '192.168.56.100', 123),
      udp('p1b', 40003, '192.168.56.100', 124),
    ],
  },
  {
    name: 'tunnel-mtu',
    about: 'packets too large for the tunnel: DF against the pod’s own device and the node’s route, and fragments',
    setup: cluster(),
    servers: SERVERS,
    stimuli: [
      ping('p1a', '10.244.2.3', { size: 1422, df: 'do' }),
      ping('p1a', '10.244.2.3', { size: 1423, df: 'do' }),
      ping('p1a', '10.244.2.3', { size: 3000 }),
      udp('p1a', 40001, '10.244.2.3', 5353, { size: 2000 }),
      tcp('p1a', 40002, '10.244.2.3', 8080, { send: 4000 }),
    ],
  },
]
