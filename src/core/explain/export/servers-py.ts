/** Stand-ins for the programs of the lab: what they said there; else HTTP on TCP, echo on UDP, and on port 53 a cluster's DNS. */
export const SERVERS_PY = String.raw`# Stand-ins for the programs that listen in the lab.  python3 servers.py NAME ZONE ANSWERS PROTO:ADDRESS:PORT ...
# To a question that the lab's script asked, they give the lab's answer (ANSWERS); to any other HTTP request, who this is and who
# asked; UDP sends back what it gets. Port 53 answers as CoreDNS does: names of the cluster out of ZONE, all others from the servers
# of /etc/resolv.conf. It goes to the background as soon as all of its ports are open.
import base64, os, random, re, socket, sys, threading, time

name, zone_file, answers_file, specs = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]


def lines(path):
    return [line.split() for line in open(path)] if os.path.exists(path) else []


zone, origin = {}, ""
for owner, *addresses in lines(zone_file):
    if owner == "$ORIGIN":
        origin = addresses[0]
    else:
        zone.setdefault(owner.lower(), []).extend(map(socket.inet_aton, addresses))
upstreams = [words[1] for words in lines("/etc/resolv.conf") if words[:1] == ["nameserver"]]
answers = {}
for owner, port, asked, answered in lines(answers_file):
    if owner == name:
        answers[port, base64.b64decode(asked)] = base64.b64decode(answered)


def wire(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def record(owner, kind, ttl, data):
    return owner + bytes([0, kind, 0, 1]) + ttl.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data


def message(query, end, flags, found=(), authority=(), limit=512):
    """The answer to a query whose question ends at END, cut to what fits; EDNS is answered with EDNS."""
    extra = query[end:end + 11] if query[10:12] != b"\0\0" and query[end:end + 3] == b"\0\0\x29" else b""
    if extra:
        limit = max(limit, int.from_bytes(extra[3:5], "big"))
        extra = extra[:5] + b"\0" + extra[6:9] + b"\0\0"
    flags |= 0x8000 | (query[2] & 1) << 8
    for owner in query[12:end - 4], b"\xc0\x0c":
        body = [record(owner, 1, 30, each) for each in found]
        size = end + len(extra) + sum(map(len, body)) + sum(map(len, authority))
        if size <= limit:
            break
    while size > limit and body:
        size -= len(body.pop())
        flags |= 0x0200
    counts = [1, len(body), len(authority), 1 if extra else 0]
    head = query[:2] + b"".join(each.to_bytes(2, "big") for each in [flags, *counts])
    return head + query[12:end] + b"".join([*body, *authority, extra])


def forwarded(query, end):
    """What an upstream server says; each is asked twice at most, two seconds long, five seconds all together."""
    deadline, first = time.monotonic() + 5, random.randrange(len(upstreams) or 1)
    for turn in range(2 * len(upstreams)):
        if time.monotonic() >= deadline:
            break
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(2)
            try:
                asking.connect((upstreams[(first + turn) % len(upstreams)], 53))
                asking.send(os.urandom(2) + query[2:])
                return query[:2] + asking.recv(65535)[2:]
            except OSError:
                pass
    return message(query, end, 2)


def dns(query, limit=512):
    if ("udp:53", query[2:]) in answers:
        return query[:2] + answers["udp:53", query[2:]]
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    end, owner = at + 5, ".".join(labels).lower()
    if not origin or owner != origin and not owner.endswith("." + origin):
        return forwarded(query, end)
    found = zone.get(owner, []) if query[at + 1:at + 3] == b"\0\1" else []
    if found:
        return message(query, end, 0x0400, found, limit=limit)
    known = owner in zone or any(each.endswith("." + owner) for each in zone)
    times = b"".join(each.to_bytes(4, "big") for each in (int(time.time()), 7200, 1800, 86400, 30))
    authority = record(wire(origin), 6, 30, wire("ns.dns." + origin) + wire("hostmaster." + origin) + times)
    return message(query, end, 0x0400 if known else 0x0403, authority=[authority], limit=limit)


def reply(server, data, client, port):
    try:
        server.sendto(dns(data) if port == 53 else answers.get(("udp:%d" % port, data), data), client)
    except (OSError, IndexError):
        pass


def datagrams(server, port):
    while True:
        data, client = server.recvfrom(65535)
        # whoever asks gets to say all of it first
        time.sleep(0.001)
        # Names of the cluster are answered in the order in which they were asked for; what is forwarded takes its time.
        threads = port == 53 and upstreams and wire(origin) not in data.lower()
        if threads:
            threading.Thread(target=reply, args=(server, data, client, port), daemon=True).start()
        else:
            reply(server, data, client, port)


def request(data):
    """Length of the request at the beginning: HTTP with its body; anything else is one as it comes. 0: not all of it is here."""
    if not re.match(rb"[A-Z]+ \S+ HTTP/1", data):
        return len(data)
    head, found, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
    whole = len(head) + 4 + (int(length.group(1)) if length else 0)
    return whole if found and len(data) >= whole else 0


def answer(asked, peer, port):
    """What to say, and whether that is the end."""
    http = re.match(rb"([A-Z]+) \S+ HTTP/1\.([01])", asked)
    last = not http or http.group(2) == b"0" or bool(re.search(rb"(?i)\nconnection: *close", asked))
    if ("tcp:%d" % port, asked) in answers:
        return answers["tcp:%d" % port, asked], last
    body = ("%s answers %s:%d\n" % (name, peer[0], peer[1])).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%s\r\n" % (
        len(body), "Connection: close\r\n" if last else "")
    return head.encode() + (b"" if http and http.group(1) == b"HEAD" else body), last


def conversation(client, peer, port):
    with client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        try:
            while True:
                some = client.recv(65535)
                if not some:
                    return
                data += some
                time.sleep(0.001)
                while port == 53 and len(data) >= 2 + int.from_bytes(data[:2], "big"):
                    length = int.from_bytes(data[:2], "big")
                    said, data = dns(data[2:2 + length], 65535), data[2 + length:]
                    client.sendall(len(said).to_bytes(2, "big") + said)
                while port != 53 and data and request(data):
                    length = request(data)
                    said, last = answer(data[:length], peer, port)
                    client.sendall(said)
                    if last:
                        return
                    data = data[length:]
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
        server.listen(511)
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
