/*
 * The stage for scenarios on a real kernel: one process, pinned to one CPU, that holds a packet socket in every network namespace,
 * the servers, and whoever is asking, and goes on to the next stimulus only when the network has come to rest. Being one process on
 * one CPU makes the order of packets on every device the same in every run.
 *
 *   stage quiet NS...                 offloads off; waits until every device that is up also runs
 *   stage play PLAN CAPTURE OUTCOMES NS...
 *
 * CAPTURE: a line per packet, `NS DEV i|o HEX` (`I|O` on a device without Ethernet), and `# N` where stimulus N begins. OUTCOMES: a line per stimulus.
 * PLAN, a line each (addresses in dotted form, sizes in bytes, patience in ms; pmtu 0 dont, 1 want, 2 do; ttl 0: default):
 *   tcp-server NS ADDRESS PORT TRANSPARENT REPLY MANNER BACKLOG | udp-server NS ADDRESS PORT TRANSPARENT
 *                                                    (0.0.0.0: any address; manner 0 polite, 1 rude, 2 mute, 3 deaf)
 *   ping NS DST ID SEQ SIZE PMTU TTL PATIENCE
 *   udp NS SOURCE SPORT DST DPORT SIZE PMTU TTL PATIENCE
 *   tcp NS SOURCE SPORT DST DPORT SEND PATIENCE LEAVES      (0 answered, 1 half-closed, 2 closed, 3 aborted)
 *   frame NS DEV HEX | wait MS | run SHELL COMMAND | ask FILE SHELL COMMAND
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_NS 64
#define MAX_FD 64
#define QUIET_MS 12        /* at rest: nothing captured for this long … */
#define QUIET_TCP_MS 60    /* … and longer where a delayed acknowledgement (40 ms) may come */
#define RESOLVE_MS 4500    /* a neighbour that does not answer is given up after 3 s */

static const char *ns_name[MAX_NS];
static int ns_count, ns_tap[MAX_NS], ns_route[MAX_NS], ns_next[MAX_NS];
static char *ns_ring[MAX_NS];
static FILE *capture, *outcomes;
static long last_packet;

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static void fatal(const char *what) {
  perror(what);
  exit(1);
}

static void enter(const char *ns) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", ns);
  int fd = open(path, O_RDONLY);
  if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) fatal(path);
  close(fd);
}

static const char *error_name(int e) {
  switch (e) {
    case ECONNREFUSED: return "ECONNREFUSED";
    case EHOSTUNREACH: return "EHOSTUNREACH";
    case ENETUNREACH: return "ENETUNREACH";
    case ETIMEDOUT: return "ETIMEDOUT";
    case ECONNRESET: return "ECONNRESET";
    case EMSGSIZE: return "EMSGSIZE";
    case EACCES: return "EACCES";
    case EPERM: return "EPERM";
    case EINVAL: return "EINVAL";
    case EPIPE: return "EPIPE";
    case ENOPROTOOPT: return "ENOPROTOOPT";
    case EADDRINUSE: return "EADDRINUSE";
    case EADDRNOTAVAIL: return "EADDRNOTAVAIL";
    case ENETDOWN: return "ENETDOWN";
    case ENODEV: return "ENODEV";
    case ENOBUFS: return "ENOBUFS";
    case EPROTO: return "EPROTO";
    case EHOSTDOWN: return "EHOSTDOWN";
    case ENONET: return "ENONET";
    case EOPNOTSUPP: return "EOPNOTSUPP";
    case ENOKEY: return "ENOKEY";
    case EDESTADDRREQ: return "EDESTADDRREQ";
    default: return strerror(e);
  }
}

/* --- devices ------------------------------------------------------------------------------------------------------------------- */

/* Calls `each` for every device of the namespace we are in; answers how many it said 1 for. */
static int devices(int (*each)(int, const char *)) {
  struct if_nameindex *list = if_nameindex();
  int s = socket(AF_INET, SOCK_DGRAM, 0), sum = 0;
  if (!list) fatal("if_nameindex");
  for (struct if_nameindex *d = list; d->if_index; d++) sum += each(s, d->if_name);
  close(s);
  if_freenameindex(list);
  return sum;
}

static int offloads_off(int s, const char *dev) {
  static const unsigned commands[] = {ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_SSG, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO};
  for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
    struct ethtool_value value = {commands[i], 0};
    struct ifreq r = {.ifr_data = (void *)&value};
    strncpy(r.ifr_name, dev, IFNAMSIZ - 1);
    ioctl(s, SIOCETHTOOL, &r);
  }
  return 0;
}

static int not_running(int s, const char *dev) {
  struct ifreq r = {0};
  strncpy(r.ifr_name, dev, IFNAMSIZ - 1);
  if (ioctl(s, SIOCGIFFLAGS, &r) < 0) return 0;
  return (r.ifr_flags & IFF_UP) && !(r.ifr_flags & IFF_RUNNING);
}

static int quiet(int count, char **names) {
  for (int i = 0; i < count; i++) enter(names[i]), devices(offloads_off);
  /* A bridge port does not forward before linkwatch has seen its carrier, which may take a second. */
  for (long start = now_ms(); now_ms() - start < 3000; usleep(10000)) {
    int waiting = 0;
    for (int i = 0; i < count; i++) enter(names[i]), waiting += devices(not_running);
    if (!waiting) return 0;
  }
  fprintf(stderr, "stage: some device is up and never ran\n");
  return 0;
}

/* --- capture ------------------------------------------------------------------------------------------------------------------- */

static const char *device_name(int ns, int ifindex) {
  static struct { int ns, ifindex; char name[IFNAMSIZ]; } known[1024];
  static int count;
  for (int i = 0; i < count; i++)
    if (known[i].ns == ns && known[i].ifindex == ifindex) return known[i].name;
  struct ifreq r = {.ifr_ifindex = ifindex};
  if (ioctl(ns_tap[ns], SIOCGIFNAME, &r) < 0) snprintf(r.ifr_name, IFNAMSIZ, "if%d", ifindex);
  if (count == 1024) return strdup(r.ifr_name);
  known[count].ns = ns;
  known[count].ifindex = ifindex;
  memcpy(known[count].name, r.ifr_name, IFNAMSIZ);
  return known[count++].name;
}

/* The kernel copies into the ring at the moment it sees a packet. A socket's queue would hold the packet itself, and what happens to
   that afterwards (a router lowers the TTL of pieces in place) would show. */
#define FRAME_SIZE 8192
#define FRAMES 512
#define BLOCK_SIZE (FRAME_SIZE * 8)

static int open_tap(int ns) {
  int version = TPACKET_V2;
  struct tpacket_req ring = {BLOCK_SIZE, FRAMES / 8, FRAME_SIZE, FRAMES};
  int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) return -1;
  if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0) return -1;
  if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) < 0) return -1;
  ns_ring[ns] = mmap(0, (size_t)FRAME_SIZE * FRAMES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (ns_ring[ns] == MAP_FAILED) return -1;
  /* Bound to every device, for every protocol; unbound before, so that nothing arrived without the ring. */
  struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  return bind(fd, (struct sockaddr *)&all, sizeof all) < 0 ? -1 : fd;
}

static void read_tap(int ns) {
  static char hex[2 * FRAME_SIZE + 9];
  for (;; ns_next[ns] = (ns_next[ns] + 1) % FRAMES) {
    struct tpacket2_hdr *h = (void *)(ns_ring[ns] + (size_t)ns_next[ns] * FRAME_SIZE);
    if (!(*(volatile unsigned *)&h->tp_status & TP_STATUS_USER)) return;
    struct sockaddr_ll from = *(struct sockaddr_ll *)((char *)h + TPACKET_ALIGN(sizeof *h));
    unsigned char *bytes = (unsigned char *)h + h->tp_mac;
    ssize_t n = h->tp_snaplen;
    int ethernet = from.sll_hatype == ARPHRD_ETHER || from.sll_hatype == ARPHRD_LOOPBACK;
    last_packet = now_ms();
    char *end = hex;
    for (ssize_t i = 0; i < n; i++) {
      /* A VLAN tag travels beside the packet. */
      if (i == 2 * ETH_ALEN && ethernet && (h->tp_status & TP_STATUS_VLAN_VALID)) end += sprintf(end, "8100%04x", h->tp_vlan_tci);
      *end++ = "0123456789abcdef"[bytes[i] >> 4];
      *end++ = "0123456789abcdef"[bytes[i] & 15];
    }
    *end = 0;
    const char *dev = device_name(ns, from.sll_ifindex);
    int out = from.sll_pkttype == PACKET_OUTGOING;
    fprintf(capture, "%s %s %c %s\n", ns_name[ns], dev, ethernet ? "io"[out] : "IO"[out], hex);
    *(volatile unsigned *)&h->tp_status = TP_STATUS_KERNEL;
  }
}

/* Whether some namespace still asks for a neighbour's address. */
static int resolving(void) {
  static char reply[65536];
  for (int i = 0; i < ns_count; i++) {
    struct { struct nlmsghdr h; struct ndmsg m; } ask = {
      {sizeof ask, RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {.ndm_family = AF_INET}};
    if (send(ns_route[i], &ask, sizeof ask, 0) < 0) continue;
    for (int done = 0, found = 0; !done;) {
      ssize_t n = recv(ns_route[i], reply, sizeof reply, 0);
      if (n <= 0) break;
      for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
        if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) done = 1;
        else if (((struct ndmsg *)NLMSG_DATA(h))->ndm_state & NUD_INCOMPLETE) found = 1;
      }
      if (done && found) return 1;
    }
  }
  return 0;
}

/* --- servers and the one who asks ---------------------------------------------------------------------------------------------- */

enum role { TCP_LISTEN, TCP_SERVE, UDP_ECHO, UDP_ECHO_FOR_OTHERS, PINGING, UDP_ASKING, TCP_CONNECTING, TCP_READING };
struct actor {
  int fd;
  enum role role;
  int reply, manner;  /* server: bytes of the answer, and how it behaves */
  const char *ns;     /* where it lives */
  int have, want;     /* request bytes so far, and in all (its first five characters say) */
  char head[6];
};
static struct actor actors[MAX_FD];
static int actor_count;

static struct actor *add_actor(int fd, enum role role) {
  if (actor_count == MAX_FD) fatal("too many sockets");
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  actors[actor_count] = (struct actor){.fd = fd, .role = role};
  return &actors[actor_count++];
}

static void drop_actor(int i) {
  close(actors[i].fd);
  actors[i] = actors[--actor_count];
}

/* The stimulus that is running. */
static struct {
  int done, id, seq, got, send, leaves;
  char outcome[200];
} ask;

static void say(const char *format, const char *a, const char *b, int n) {
  snprintf(ask.outcome, sizeof ask.outcome, format, a, b, n);
  ask.done = 1;
}

static void ping_input(struct actor *a) {
  unsigned char b[70000];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  ssize_t n;
  while ((n = recvfrom(a->fd, b, sizeof b, 0, (struct sockaddr *)&from, &size)) >= 28) {
    unsigned char *icmp = b + (b[0] & 15) * 4, *quote = icmp + 8;
    char text[40];
    if (icmp[0] == 0 && icmp[4] * 256 + icmp[5] == ask.id && icmp[6] * 256 + icmp[7] == ask.seq)
      say("reply from %s%s, ttl %d", inet_ntoa(from.sin_addr), "", b[8]);
    if (icmp[0] != 3 && icmp[0] != 11) continue;
    if (n < (quote - b) + 28 || quote[9] != 1) continue;
    unsigned char *asked = quote + (quote[0] & 15) * 4;
    if (asked[4] * 256 + asked[5] != ask.id) continue;
    snprintf(text, sizeof text, "icmp %d/%d", icmp[0], icmp[1]);
    say("%s from %s", text, inet_ntoa(from.sin_addr), 0);
  }
}

/* What IP_RECVERR has to tell; 0: nothing. */
static int read_error(int fd) {
  char data[2048], control[512], text[40];
  struct iovec io = {data, sizeof data};
  struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR) continue;
    struct sock_extended_err *e = (void *)CMSG_DATA(c);
    if (e->ee_origin != SO_EE_ORIGIN_ICMP) say("local %s%s", error_name(e->ee_errno), "", 0);
    else {
      snprintf(text, sizeof text, "icmp %d/%d", e->ee_type, e->ee_code);
      say("%s from %s", text, inet_ntoa(((struct sockaddr_in *)SO_EE_OFFENDER(e))->sin_addr), 0);
    }
  }
  return 1;
}

static void udp_answer(struct actor *a) {
  char b[70000];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  if (read_error(a->fd)) return;
  ssize_t n = recvfrom(a->fd, b, sizeof b, 0, (struct sockaddr *)&from, &size);
  if (n >= 0) say("answer from %s%s, %d bytes", inet_ntoa(from.sin_addr), "", n);
}

static void request(char *to, int size) {
  memset(to, 'x', size);
  char head[12];
  snprintf(head, sizeof head, "%05d", size);
  memcpy(to, head, 5);
}

/* Returns 1 when the actor is gone. */
static int tcp_asking(int i) {
  struct actor *a = &actors[i];
  static char b[70000];
  int e = 0;
  socklen_t size = sizeof e;
  if (a->role == TCP_CONNECTING) {
    getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &e, &size);
    if (e) return say("%s%s", error_name(e), "", 0), drop_actor(i), 1;
    request(b, ask.send);
    if (write(a->fd, b, ask.send) < 0) return say("write %s%s", error_name(errno), "", 0), drop_actor(i), 1;
    a->role = TCP_READING;
    if (ask.leaves == 1) shutdown(a->fd, SHUT_WR);
    if (ask.leaves < 2) return 0;
    struct linger at_once = {1, 0};
    if (ask.leaves == 3) setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return say("left%s%s", "", "", 0), drop_actor(i), 1;
  }
  for (;;) {
    ssize_t n = read(a->fd, b, sizeof b);
    if (n > 0) { ask.got += n; continue; }
    if (n < 0 && errno == EAGAIN) return 0;
    if (n < 0) say("read %s%s", error_name(errno), "", 0);
    else say("%s%sclosed after %d bytes", "", "", ask.got);
    drop_actor(i);
    return 1;
  }
}

static int tcp_serve(int i) {
  struct actor *a = &actors[i];
  static char b[70000];
  if (a->manner == 1) return drop_actor(i), 1;
  ssize_t n = read(a->fd, b, sizeof b);
  if (n < 0 && errno == EAGAIN) return 0;
  if (a->manner == 2) {
    /* Says nothing and stays, but not in the round of what is ready: the end of the stream would make it ready for ever. */
    if (n <= 0) actors[i] = actors[--actor_count];
    return 1;
  }
  if (n <= 0) return drop_actor(i), 1;
  for (int k = 0; k < n && a->have + k < 5; k++) a->head[a->have + k] = b[k];
  a->have += n;
  if (a->have < 5 || a->have < atoi(a->head)) return 0;
  memset(b, 'y', a->reply);
  (void)!write(a->fd, b, a->reply);
  drop_actor(i);
  return 1;
}

static void udp_echo(struct actor *a) {
  static char b[70000];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  ssize_t n;
  while ((n = recvfrom(a->fd, b, sizeof b, 0, (struct sockaddr *)&from, &size)) >= 0)
    sendto(a->fd, b, n, 0, (struct sockaddr *)&from, size);
}

static struct sockaddr_in at(const char *ip, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  a.sin_addr.s_addr = ip ? inet_addr(ip) : INADDR_ANY;
  return a;
}

static int transparent_socket(int type) {
  int one = 1, fd = socket(AF_INET, type, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &one, sizeof one);
  return fd;
}

/* What TPROXY brought is answered from the address and port that were asked. */
static void udp_echo_for_others(struct actor *a) {
  enter(a->ns);
  static char b[70000];
  char control[256];
  struct sockaddr_in from, asked;
  struct iovec io = {b, sizeof b};
  for (;;) {
    struct msghdr m = {&from, sizeof from, &io, 1, control, sizeof control, 0};
    ssize_t n = recvmsg(a->fd, &m, 0);
    if (n < 0) return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
      if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVORIGDSTADDR) continue;
      memcpy(&asked, CMSG_DATA(c), sizeof asked);
      int fd = transparent_socket(SOCK_DGRAM);
      if (bind(fd, (struct sockaddr *)&asked, sizeof asked) == 0)
        sendto(fd, b, n, 0, (struct sockaddr *)&from, sizeof from);
      close(fd);
    }
  }
}

/* One round of everything that is ready; waits at most `timeout` ms for it. */
static void pump(int timeout) {
  struct pollfd p[MAX_NS + MAX_FD];
  int watched = actor_count;
  for (int i = 0; i < ns_count; i++) p[i] = (struct pollfd){ns_tap[i], POLLIN, 0};
  for (int i = 0; i < watched; i++)
    p[ns_count + i] = (struct pollfd){actors[i].fd, actors[i].role == TCP_CONNECTING ? POLLOUT : POLLIN, 0};
  if (poll(p, ns_count + watched, timeout) <= 0) return;
  for (int i = 0; i < ns_count; i++)
    if (p[i].revents) read_tap(i);
  /* Backwards, because an actor that goes is replaced by the last one. */
  for (int i = watched - 1; i >= 0; i--) {
    if (!p[ns_count + i].revents) continue;
    struct actor *a = &actors[i];
    if (a->role == TCP_LISTEN) {
      int fd = accept(a->fd, 0, 0);
      int reply = a->reply, manner = a->manner;
      if (fd < 0) continue;
      struct actor *server = add_actor(fd, TCP_SERVE);
      server->reply = reply, server->manner = manner;
    } else if (a->role == TCP_SERVE) tcp_serve(i);
    else if (a->role == UDP_ECHO) udp_echo(a);
    else if (a->role == UDP_ECHO_FOR_OTHERS) udp_echo_for_others(a);
    else if (a->role == PINGING) ping_input(a);
    else if (a->role == UDP_ASKING) udp_answer(a);
    else tcp_asking(i);
  }
}

static void rest(int quiet_ms) {
  long start = now_ms();
  last_packet = start;
  for (;;) {
    pump(quiet_ms / 4 + 1);
    if (now_ms() - last_packet < quiet_ms) continue;
    if (now_ms() - start > RESOLVE_MS || !resolving()) return;
    pump(30);
  }
}

/* --- the plan ------------------------------------------------------------------------------------------------------------------ */

static int bound(int type, const char *ip, int port, int transparent) {
  int one = 1, fd = transparent ? transparent_socket(type) : socket(AF_INET, type, 0);
  struct sockaddr_in a = at(ip, port);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0) say("bind %s%s", error_name(errno), "", 0);
  return fd;
}

/* Whoever names a source may name one of somebody else. */
static int elsewhere(const char *source) { return inet_addr(source) != INADDR_ANY; }

static void path_options(int fd, int pmtu, int ttl) {
  int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one);
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof pmtu);
  if (ttl) setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
}

static void wait_for_outcome(int patience) {
  for (long end = now_ms() + patience; !ask.done && now_ms() < end;) pump(end - now_ms() < 5 ? 1 : 5);
  if (!ask.done) say("silence%s%s", "", "", 0);
  /* Whoever asked leaves; servers stay. */
  for (int i = actor_count - 1; i >= 0; i--)
    if (actors[i].role >= PINGING) drop_actor(i);
}

static unsigned short checksum(const unsigned char *b, int n) {
  unsigned sum = 0;
  for (int i = 0; i < n; i += 2) sum += b[i] * 256 + (i + 1 < n ? b[i + 1] : 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

static void ping(const char *dst, int size, int pmtu, int ttl, int patience) {
  static unsigned char b[70000];
  int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  path_options(fd, pmtu, ttl);
  struct sockaddr_in to = at(dst, 0);
  memset(b, 'x', 8 + size);
  unsigned char head[8] = {8, 0, 0, 0, ask.id >> 8, ask.id, ask.seq >> 8, ask.seq};
  memcpy(b, head, 8);
  unsigned short sum = checksum(b, 8 + size);
  b[2] = sum >> 8, b[3] = sum;
  add_actor(fd, PINGING);
  if (sendto(fd, b, 8 + size, 0, (struct sockaddr *)&to, sizeof to) < 0) say("send %s%s", error_name(errno), "", 0);
  wait_for_outcome(patience);
}

static void udp(const char *src, int sport, const char *dst, int dport, int size, int pmtu, int ttl, int patience) {
  static char b[70000];
  int one = 1, fd = bound(SOCK_DGRAM, src, sport, elsewhere(src));
  path_options(fd, pmtu, ttl);
  setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one);
  struct sockaddr_in to = at(dst, dport);
  memset(b, 'x', size);
  add_actor(fd, UDP_ASKING);
  if (sendto(fd, b, size, 0, (struct sockaddr *)&to, sizeof to) < 0) say("send %s%s", error_name(errno), "", 0);
  wait_for_outcome(patience);
}

static void tcp(const char *src, int sport, const char *dst, int dport, int patience) {
  int fd = bound(SOCK_STREAM, src, sport, elsewhere(src));
  struct sockaddr_in to = at(dst, dport);
  add_actor(fd, TCP_CONNECTING);
  if (!ask.done && connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
    say("%s%s", error_name(errno), "", 0);
  wait_for_outcome(patience);
}

static void frame(const char *dev, const char *hex) {
  static unsigned char b[70000];
  int n = strlen(hex) / 2, fd = socket(AF_PACKET, SOCK_RAW, 0);
  for (int i = 0; i < n; i++) sscanf(hex + 2 * i, "%2hhx", &b[i]);
  struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(dev)};
  if (sendto(fd, b, n, 0, (struct sockaddr *)&a, sizeof a) < 0) say("send %s%s", error_name(errno), "", 0);
  else say("sent%s%s", "", "", 0);
  close(fd);
}

static int play(const char *plan, const char *capture_file, const char *outcome_file, int count, char **names) {
  static char line[150000], hex[140001];
  char ns[64], dst[64], src[64];
  int a, b, size, pmtu, ttl, patience, number = 0;
  cpu_set_t cpu;
  CPU_ZERO(&cpu);
  CPU_SET(sched_getcpu(), &cpu);
  sched_setaffinity(0, sizeof cpu, &cpu);
  FILE *in = fopen(plan, "r");
  capture = fopen(capture_file, "w");
  outcomes = fopen(outcome_file, "w");
  if (!in || !capture || !outcomes) fatal("open");
  ns_count = count;
  for (int i = 0; i < count; i++) {
    struct timeval limit = {1, 0};
    enter(ns_name[i] = names[i]);
    ns_tap[i] = open_tap(i);
    ns_route[i] = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    if (ns_tap[i] < 0 || ns_route[i] < 0) fatal("socket");
    setsockopt(ns_route[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  while (fgets(line, sizeof line, in)) {
    int tcp_like = 0;
    memset(&ask, 0, sizeof ask);
    int manner, backlog, transparent;
    if (sscanf(line, "tcp-server %63s %63s %d %d %d %d %d", ns, src, &a, &transparent, &size, &manner, &backlog) == 7) {
      enter(ns);
      int fd = bound(SOCK_STREAM, src, a, transparent);
      listen(fd, backlog);
      if (manner == 3) continue;
      struct actor *server = add_actor(fd, TCP_LISTEN);
      server->reply = size, server->manner = manner;
      continue;
    }
    if (sscanf(line, "udp-server %63s %63s %d %d", ns, src, &a, &transparent) == 4) {
      enter(ns);
      int one = 1, fd = bound(SOCK_DGRAM, src, a, transparent);
      setsockopt(fd, IPPROTO_IP, IP_RECVORIGDSTADDR, &one, sizeof one);
      add_actor(fd, transparent ? UDP_ECHO_FOR_OTHERS : UDP_ECHO)->ns = strdup(ns);
      continue;
    }
    fprintf(capture, "# %d\n", number++);
    if (sscanf(line, "ping %63s %63s %d %d %d %d %d %d", ns, dst, &a, &b, &size, &pmtu, &ttl, &patience) == 8) {
      enter(ns);
      ask.id = a, ask.seq = b;
      ping(dst, size, pmtu, ttl, patience);
    } else if (sscanf(line, "udp %63s %63s %d %63s %d %d %d %d %d", ns, src, &a, dst, &b, &size, &pmtu, &ttl, &patience) == 9) {
      enter(ns);
      udp(src, a, dst, b, size, pmtu, ttl, patience);
    } else if (sscanf(line, "tcp %63s %63s %d %63s %d %d %d %d", ns, src, &a, dst, &b, &size, &patience, &ask.leaves) == 8) {
      enter(ns);
      ask.send = size;
      tcp_like = 1;
      tcp(src, a, dst, b, patience);
    } else if (sscanf(line, "frame %63s %63s %140000s", ns, dst, hex) == 3) {
      enter(ns);
      frame(dst, hex);
    } else if (sscanf(line, "wait %d", &a) == 1) {
      say("waited%s%s", "", "", 0);
      for (long end = now_ms() + a; now_ms() < end;) pump(5);
    } else if (sscanf(line, "ask %63s %n", dst, &a) == 1) {
      char command[4096], text[20];
      line[strcspn(line, "\n")] = 0;
      snprintf(command, sizeof command, "%s > %s 2>&1", line + a, dst);
      int status = system(command);
      snprintf(text, sizeof text, "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
      say("exit %s%s", text, "", 0);
    } else if (!strncmp(line, "run ", 4)) {
      int status = system(line + 4);
      say(status ? "failed%s%s" : "changed%s%s", "", "", 0);
    } else {
      fprintf(stderr, "stage: what is: %s", line);
      return 2;
    }
    rest(tcp_like ? QUIET_TCP_MS : QUIET_MS);
    fprintf(outcomes, "%s\n", ask.outcome);
  }
  fclose(capture);
  fclose(outcomes);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 2 && !strcmp(argv[1], "quiet")) return quiet(argc - 2, argv + 2);
  if (argc > 5 && !strcmp(argv[1], "play")) return play(argv[2], argv[3], argv[4], argc - 5, argv + 5);
  fprintf(stderr, "usage: stage quiet NS... | stage play PLAN CAPTURE OUTCOMES NS...\n");
  return 2;
}
