import { formatIpv4 } from '../../base/ipv4.ts'
import type { SocketRow } from '../../kernel/socket/tables.ts'
import { programOf } from '../decided-socket.ts'
import type { ExplainEnv } from '../env.ts'
import { type SpaceNames, machineOrder } from './names.ts'

/** A socket that waits for clients, and the program behind it. */
export interface Listener {
  readonly proto: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  readonly program: string
}

/** The listening sockets of a namespace. Half-open and connected ones belong to conversations, which are not written out. */
export function listenersOf(env: ExplainEnv, netns: number): readonly Listener[] {
  const rows = env.sockets?.byNetns.at(netns).rows() ?? []
  return rows.filter(isWaiting).map((socket) => ({
    proto: socket.proto === 'udp' ? 'udp' : 'tcp',
    address: formatIpv4(socket.laddr),
    port: socket.lport,
    program: programOf(env, socket.owner),
  }))
}

const isWaiting = (s: SocketRow): boolean =>
  (s.proto === 'tcp' && s.state === 'LISTEN') ||
  (s.proto === 'udp' && s.state === 'UNCONN' && s.lport !== 0 && s.raddr === 0)

/** `serve NAME proto:address:port …` for every namespace in which something listens. */
export function serverLines(env: ExplainEnv, names: SpaceNames): readonly string[] {
  return machineOrder(env).flatMap((row) => {
    const listeners = listenersOf(env, row.id)
    if (listeners.length === 0) return []
    const programs = [...new Set(listeners.map(({ program }) => program))].filter((each) => each !== '').join(', ')
    const words = listeners.map(({ proto, address, port }) => `${proto}:${address}:${port}`)
    return [
      `# ${row.label}${programs === '' ? '' : `: ${programs}`}`,
      `serve ${names.space(row.id)} ${words.join(' ')}`,
    ]
  })
}

/** Stand-ins for the programs of the lab: HTTP on TCP (DNS on port 53), echo on UDP (DNS on port 53). */
export const SERVERS_PY = `# Stand-ins for the programs that listen in the lab.  python3 servers.py NAME ZONE PROTO:ADDRESS:PORT ...
# TCP answers any HTTP request with who it is and who asked; UDP sends back what it gets; port 53 answers DNS out of ZONE.
# It goes to the background as soon as all of its ports are open.
import os, socket, sys, threading

name, zone_file, specs = sys.argv[1], sys.argv[2], sys.argv[3:]
zone = {}
for line in open(zone_file) if os.path.exists(zone_file) else []:
    owner, address = line.split()
    zone.setdefault(owner.lower(), []).append(socket.inet_aton(address))


def dns(query):
    """The answer to one question: A records of the zone, NXDOMAIN for other names, nothing for other types."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    question, kind = query[12:at + 5], query[at + 1:at + 3]
    owner = ".".join(labels).lower()
    found = zone.get(owner, []) if kind == b"\\0\\1" else []
    known = any(each == owner or each.endswith("." + owner) for each in zone)
    header = query[:2] + (b"\\x85\\x80" if known else b"\\x85\\x83") + b"\\0\\1" + len(found).to_bytes(2, "big") + b"\\0\\0\\0\\0"
    records = b"".join(b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x05\\0\\x04" + each for each in found)
    return header + question + records


def datagrams(server, port):
    while True:
        data, client = server.recvfrom(65535)
        try:
            server.sendto(dns(data) if port == 53 else data, client)
        except (OSError, IndexError):
            pass


def conversation(client, peer, port):
    with client:
        client.settimeout(30)
        try:
            data = client.recv(65535)
            if port == 53:
                answer = dns(data[2:])
                client.sendall(len(answer).to_bytes(2, "big") + answer)
                return
            while data and b"\\r\\n\\r\\n" not in data and data[:4] in (b"GET ", b"HEAD", b"POST", b"PUT "):
                data += client.recv(65535)
            body = ("%s answers %s:%d\\n" % (name, peer[0], peer[1])).encode()
            head = "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n" % len(body)
            client.sendall(head.encode() + (b"" if data[:4] == b"HEAD" else body))
        except (OSError, IndexError):
            pass


def connections(server, port):
    while True:
        client, peer = server.accept()
        threading.Thread(target=conversation, args=(client, peer, port), daemon=True).start()


servers = []
for spec in specs:
    proto, address, port = spec.split(":")
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, int(port)))
    if proto == "tcp":
        server.listen(128)
    servers.append((connections if proto == "tcp" else datagrams, server, int(port)))
if os.fork():
    os._exit(0)
os.setsid()
null = os.open(os.devnull, os.O_RDWR)
for descriptor in 0, 1, 2:
    os.dup2(null, descriptor)
for work, server, port in servers:
    threading.Thread(target=work, args=(server, port), daemon=True).start()
threading.Event().wait()
`
