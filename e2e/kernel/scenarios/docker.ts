import type { Scenario, Setup } from '../language.ts'
import { hw, ping, tcp, udp } from './topologies.ts'

interface Published {
  readonly bridge: string
  readonly address: string
  readonly proto?: 'tcp' | 'udp'
  readonly host: number
  readonly container: number
}
interface DockerRules {
  readonly bridges: readonly { readonly dev: string; readonly subnet: string }[]
  readonly published: readonly Published[]
  /** docker-proxy serves what rules do not take; without it rules take that, too. */
  readonly proxy: boolean
}

/** What Docker Engine 29 gives iptables-restore, in effect: moby, integration/network/bridge/iptablesdoc. */
function dockerRules({ bridges, published, proxy }: DockerRules): string {
  const each = (line: (dev: string, subnet: string) => string): string =>
    bridges.map(({ dev, subnet }) => `${line(dev, subnet)}\n`).join('')
  const ports = (line: (p: Required<Published>) => string): string =>
    published.map((p) => `${line({ proto: 'tcp', ...p })}\n`).join('')
  const notBridge = (dev: string): string => (proxy ? `! -i ${dev} ` : '')
  const raw = new Set(published.map((p) => `-A PREROUTING -d ${p.address}/32 ! -i ${p.bridge} -j DROP\n`))
  return `${raw.size === 0 ? '' : `*raw\n${[...raw].join('')}COMMIT\n`}*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ${proxy ? '! -d 127.0.0.0/8 ' : ''}-m addrtype --dst-type LOCAL -j DOCKER
${each((dev, subnet) => `-A POSTROUTING -s ${subnet} ! -o ${dev} -j MASQUERADE`)}${
    proxy
      ? ''
      : each((dev) => `-A POSTROUTING -o ${dev} -m addrtype --src-type LOCAL -j MASQUERADE`) +
        ports(
          (p) =>
            `-A POSTROUTING -s ${p.address}/32 -d ${p.address}/32 -p ${p.proto} -m ${p.proto} --dport ${p.container} -j MASQUERADE`,
        )
  }${ports((p) => `-A DOCKER ${notBridge(p.bridge)}-p ${p.proto} -m ${p.proto} --dport ${p.host} -j DNAT --to-destination ${p.address}:${p.container}`)}COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-BRIDGE - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-INTERNAL - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-INTERNAL
-A DOCKER-FORWARD -j DOCKER-BRIDGE
${each((dev) => `-A DOCKER-FORWARD -i ${dev} -j ACCEPT`)}${each((dev) => `-A DOCKER-CT -o ${dev} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`)}${each((dev) => `-A DOCKER-BRIDGE -o ${dev} -j DOCKER`)}${ports(
    (p) =>
      `-A DOCKER -d ${p.address}/32 ! -i ${p.bridge} -o ${p.bridge} -p ${p.proto} -m ${p.proto} --dport ${p.container} -j ACCEPT`,
  )}${each((dev) => `-A DOCKER ! -i ${dev} -o ${dev} -j DROP`)}COMMIT
`
}

const DOCKER0 = { dev: 'docker0', subnet: '172.17.0.0/16' }

/** A container of the host on one of its bridges. */
function container(name: string, bridge: string, address: string, n: number, hairpin = false): Setup[] {
  const gateway = address.replace(/\.\d+$/, '.1')
  return [
    { do: 'veth', a: { ns: name, dev: 'eth0', mac: hw(2, n) }, b: { ns: 'host', dev: `veth${n}`, mac: hw(3, n) } },
    { do: 'port', ns: 'host', dev: `veth${n}`, bridge, ...(hairpin ? { hairpin } : {}) },
    { do: 'addr', ns: name, dev: 'eth0', addr: `${address}/16` },
    { do: 'route', ns: name, to: 'default', via: gateway },
  ]
}

/** A Docker host 192.168.50.11 with docker0, c1 (172.17.0.2) and c2 (172.17.0.3), and ext, 192.168.50.1, beside it. */
function dockerHost(hairpin = false): Setup[] {
  return [
    { do: 'ns', ns: 'host', router: true, bridgeNf: true },
    { do: 'ns', ns: 'ext' },
    { do: 'ns', ns: 'c1' },
    { do: 'ns', ns: 'c2' },
    { do: 'veth', a: { ns: 'host', dev: 'eth0', mac: hw(1, 1) }, b: { ns: 'ext', dev: 'eth0', mac: hw(1, 2) } },
    { do: 'addr', ns: 'host', dev: 'eth0', addr: '192.168.50.11/24' },
    { do: 'addr', ns: 'ext', dev: 'eth0', addr: '192.168.50.1/24' },
    { do: 'bridge', ns: 'host', dev: 'docker0', mac: hw(1, 3) },
    { do: 'addr', ns: 'host', dev: 'docker0', addr: '172.17.0.1/16' },
    ...container('c1', 'docker0', '172.17.0.2', 1, hairpin),
    ...container('c2', 'docker0', '172.17.0.3', 2, hairpin),
  ]
}

const WEB: Published = { bridge: 'docker0', address: '172.17.0.2', host: 8080, container: 80 }
const NAMES: Published = { bridge: 'docker0', address: '172.17.0.3', proto: 'udp', host: 5353, container: 53 }
const SERVERS = [
  { ns: 'c1', proto: 'tcp', port: 80 },
  { ns: 'c2', proto: 'udp', port: 53 },
  { ns: 'ext', proto: 'tcp', port: 9000 },
] as const

const rules = (published: readonly Published[], proxy = true): Setup => ({
  do: 'iptables',
  ns: 'host',
  text: dockerRules({ bridges: [DOCKER0], published, proxy }),
})

export const DOCKER: readonly Scenario[] = [
  {
    name: 'docker-bridge',
    about: 'Docker’s bridge network: container to container, to the world by masquerade, to a closed port',
    setup: [...dockerHost(), rules([])],
    servers: SERVERS,
    stimuli: [
      ping('c2', '172.17.0.2'),
      tcp('c2', 40001, '172.17.0.2', 80),
      tcp('c1', 40002, '192.168.50.1', 9000),
      tcp('c2', 40002, '192.168.50.1', 9000),
      ping('c1', '192.168.50.1'),
      tcp('c1', 40003, '192.168.50.1', 9001),
      tcp('host', 40004, '172.17.0.2', 80),
      ping('c1', '172.17.0.1'),
    ],
  },
  {
    name: 'docker-published',
    about:
      'published ports: from outside, from the host, from a container beside; around the translation, and a port nobody published',
    setup: [
      ...dockerHost(),
      { do: 'route', ns: 'ext', to: '172.17.0.0/16', via: '192.168.50.11' },
      rules([WEB, NAMES]),
    ],
    servers: SERVERS,
    stimuli: [
      tcp('ext', 40001, '192.168.50.11', 8080),
      udp('ext', 40002, '192.168.50.11', 5353),
      tcp('host', 40003, '192.168.50.11', 8080),
      tcp('host', 40004, '127.0.0.1', 8080),
      tcp('c2', 40005, '192.168.50.11', 8080),
      tcp('ext', 40006, '172.17.0.2', 80),
      ping('ext', '172.17.0.2'),
      tcp('ext', 40007, '192.168.50.11', 8081),
    ],
  },
  {
    name: 'docker-published-no-proxy',
    about: 'without docker-proxy: rules take loopback, and the container that calls itself by the host’s address',
    setup: [
      ...dockerHost(true),
      { do: 'sysctl', ns: 'host', name: 'net.ipv4.conf.docker0.route_localnet', value: '1' },
      rules([WEB], false),
    ],
    servers: SERVERS,
    stimuli: [
      tcp('ext', 40001, '192.168.50.11', 8080),
      tcp('host', 40002, '127.0.0.1', 8080),
      tcp('c2', 40003, '192.168.50.11', 8080),
      tcp('c1', 40004, '192.168.50.11', 8080),
    ],
  },
  {
    name: 'docker-two-networks',
    about: 'two Docker networks never talk, but both reach the world',
    setup: [
      ...dockerHost(),
      { do: 'ns', ns: 'd1' },
      { do: 'bridge', ns: 'host', dev: 'br-one', mac: hw(1, 4) },
      { do: 'addr', ns: 'host', dev: 'br-one', addr: '172.18.0.1/16' },
      ...container('d1', 'br-one', '172.18.0.2', 3),
      {
        do: 'iptables',
        ns: 'host',
        text: dockerRules({
          bridges: [DOCKER0, { dev: 'br-one', subnet: '172.18.0.0/16' }],
          published: [{ bridge: 'br-one', address: '172.18.0.2', host: 8088, container: 80 }],
          proxy: true,
        }),
      },
    ],
    servers: [...SERVERS, { ns: 'd1', proto: 'tcp', port: 80 }],
    stimuli: [
      ping('c1', '172.18.0.2'),
      tcp('d1', 40001, '172.17.0.2', 80),
      tcp('d1', 40002, '192.168.50.1', 9000),
      tcp('c1', 40003, '192.168.50.11', 8088),
      ping('c1', '172.18.0.1'),
    ],
  },
  {
    name: 'docker-host',
    about: 'Docker’s host network: a process of the host, with its address and ports',
    setup: [...dockerHost(), rules([])],
    servers: [...SERVERS, { ns: 'host', proto: 'tcp', port: 80 }],
    stimuli: [
      tcp('ext', 40001, '192.168.50.11', 80),
      tcp('c1', 40002, '172.17.0.1', 80),
      tcp('c1', 40003, '192.168.50.11', 80),
      tcp('host', 40004, '127.0.0.1', 80),
    ],
  },
  {
    name: 'docker-container',
    about: 'Docker’s container network: two containers in one namespace share address, ports and loopback',
    setup: [...dockerHost(), rules([WEB])],
    servers: [...SERVERS, { ns: 'c1', proto: 'tcp', port: 8081 }],
    stimuli: [
      tcp('c1', 40001, '127.0.0.1', 80),
      tcp('c1', 40002, '172.17.0.2', 8081),
      tcp('c2', 40003, '172.17.0.2', 8081),
      tcp('ext', 40004, '192.168.50.11', 8080),
    ],
  },
  {
    name: 'docker-none',
    about: 'Docker’s none network: loopback and nothing else',
    setup: [...dockerHost(), { do: 'ns', ns: 'alone' }, rules([])],
    servers: [{ ns: 'alone', proto: 'tcp', port: 80 }],
    stimuli: [
      tcp('alone', 40001, '127.0.0.1', 80),
      ping('alone', '127.0.0.1'),
      ping('alone', '172.17.0.2'),
      tcp('alone', 40002, '192.168.50.1', 9000),
    ],
  },
]
