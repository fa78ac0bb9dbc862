import { english } from '../catalogue.ts'

/** Packets that end. `why-…` explains each drop reason by its kernel name: what it means, and where to look. */
export const dropsEn = english({
  drop: '{who} drops the packet ({reason}).',
  'drop-other-host': '{who} ignores the frame: it is addressed to {mac}, somebody else.',
  'drop-forwarding-off': '{who} drops the packet for {dst}: it does not forward (net.ipv4.ip_forward is 0).',
  'drop-not-mine': '{who} drops the packet: {dst} is not its own address, and it does not forward.',
  'drop-no-route': '{who} drops the packet: it has no route to {dst}.',
  'drop-route-refused': '{who} drops the packet for {dst}: the route is of type {type}.',
  'drop-rpfilter': '{who} drops the packet: the way back to {src} does not lead through {dev} (rp_filter {mode}).',
  'drop-martian-source': '{who} drops the packet: {src} cannot be a sender on {dev}.',
  'drop-martian-destination': '{who} drops the packet: {dst} cannot be a receiver on {dev}.',
  'drop-device-down': '{who} drops the packet: the device {dev} is down.',
  'drop-peer-gone': '{who} drops the packet: the other end of {dev} is down or gone.',
  'drop-no-listener': '{who} drops the packet: nobody waits for it ({proto} {port}).',
  'drop-ttl': '{who} drops the packet: its TTL has run out.',
  'drop-mtu': '{who} drops the packet: {length} bytes, {mtu} fit, and it must not be cut.',
  'drop-wire-mtu': 'The wire drops the frame: {length} bytes do not fit.',
  'drop-loss': 'The wire loses the frame.',
  'drop-no-carrier': 'The frame is lost: no cable is plugged into {dev}.',
  'drop-no-other-port': 'The frame has nowhere to go: there is no other port.',
  'drop-netns-gone': 'The frame is lost: its receiver does not exist any more.',
  'drop-neigh-failed': '{who} drops the packet: nobody answered for {ip}.',
  'drop-no-resolver':
    '{who} drops a question for the name server {ip}: no machine of this lab has that address. Names of the cluster do not need it.',
  'drop-neigh-queuefull': '{who} drops the packet: too many wait for the same MAC address.',
  'drop-neigh-dead': '{who} drops the waiting packet: the device {dev} went down.',
  'drop-arp-ignored': '{who} does not answer the question about {ip} (arp_ignore).',
  'drop-hairpin-off':
    '{who} drops the frame: it would have to leave by the port it came in by, and hairpin mode is off.',
  'drop-bridge-down': '{who} drops the frame: the bridge above {dev} is down.',
  'drop-no-remote': '{who} drops the frame: {tunnel} does not know behind which machine {mac} is.',
  'drop-no-vni': '{who} drops the packet: it has no tunnel with VNI {value}.',
  'drop-own-mac': '{who} drops the frame: its sender has the MAC address of the tunnel itself.',
  'drop-reassembly': '{who} drops the fragment: the others did not arrive in time.',
  'drop-duplicate-piece': '{who} drops the fragment: it has this piece already.',
  'drop-overlapping-pieces': '{who} drops the fragment and all that waited with it: two pieces overlap.',
  'drop-hop-limit': '{who} stops the frame: it has passed too many devices, there is a loop.',

  'why-NONE': 'The packet was not dropped.',
  'why-NOT_SPECIFIED': 'Linux gives no name to this reason. Look at the step before.',
  'why-NO_SOCKET':
    'No program listens on this port of this address. Look at the sockets of the namespace (ss -ltun) and at the port in the manifest.',
  'why-NETFILTER_DROP':
    'A rule or a chain policy of iptables dropped it, or connection tracking did. Look at the rule that decided and at the object it is for.',
  'why-OTHERHOST':
    'The frame was for another MAC address; it came here because a switch or bridge flooded it. Usually harmless.',
  'why-IP_CSUM': 'The checksum of the IP header is wrong: the packet was damaged on its way.',
  'why-IP_INHDR':
    'The IP header does not allow to go on, most often because the TTL has run out. Look for a routing loop.',
  'why-IP_RPFILTER': 'The answer to the sender would leave by another device. Look at rp_filter and at the route back.',
  'why-IP_NOPROTO': 'Nobody on this machine speaks the IP protocol of the packet.',
  'why-IP_OUTNOROUTES': 'The machine has no route for a packet that it wants to send. Look at ip route and ip rule.',
  'why-IP_INNOROUTES':
    'The machine has no route for a packet that it was to forward, or the route refuses. Look at ip route.',
  'why-IP_INADDRERRORS':
    'The packet is not for this machine, and the machine does not forward. Look at net.ipv4.ip_forward and at the route that led here.',
  'why-IP_LOCAL_SOURCE':
    'The packet came from outside with an address of this machine itself. Look for a duplicate address or a loop.',
  'why-IP_INVALID_SOURCE': 'The source address is none that can send. Look at the sender and at NAT on the way.',
  'why-IP_INVALID_DEST': 'The destination address is none that can receive here.',
  'why-IP_LOCALNET': 'A 127.0.0.0/8 address came from outside, and route_localnet is off.',
  'why-UNICAST_IN_L2_MULTICAST': 'A packet for one receiver came in a frame for many.',
  'why-NEIGH_CREATEFAIL': 'No neighbour entry could be made. Look at the size of the neighbour table.',
  'why-NEIGH_FAILED': 'Nobody answered ARP for the next hop. Look whether that machine is up and on this network.',
  'why-NEIGH_QUEUEFULL': 'Too many packets waited for one ARP answer; the oldest gives way.',
  'why-NEIGH_DEAD': 'The neighbour entry was removed while the packet waited, because the device went down.',
  'why-DEV_READY': 'The device is down or gone. Look at ip link.',
  'why-UNHANDLED_PROTO': 'Nobody on this machine takes frames of this EtherType.',
  'why-PKT_TOO_BIG':
    'The packet is bigger than the MTU and must not be cut. Look at the MTU of the devices on the way and at the bytes that tunnels add.',
  'why-PKT_TOO_SMALL': 'The packet is too short for what its header says.',
  'why-DUP_FRAG': 'The same fragment came twice.',
  'why-FRAG_REASM_TIMEOUT':
    'Other fragments of the same packet did not arrive within 30 seconds. Look for loss or a filter that drops fragments.',
  'why-TCP_INVALID_SEQUENCE': 'The sequence number is outside of the window: an old or a foreign segment.',
  'why-TCP_FLAGS': 'The flags of the segment do not fit the state of the connection.',
  'why-TCP_RESET': 'The connection has been reset.',
  'why-TCP_CLOSE': 'The connection is closed already.',
  'why-TCP_OLD_DATA': 'These bytes have been received before. An acknowledgement was probably lost.',
  'why-SOCKET_BACKLOG': 'The program does not accept connections fast enough: its queue is full.',
  'why-SOCKET_RCVBUFF': 'The program does not read fast enough: its receive buffer is full.',
  'why-VXLAN_INVALID_HDR': 'What came to the VXLAN port is not VXLAN.',
  'why-VXLAN_VNI_NOT_FOUND': 'No tunnel of this machine has the VNI. Look at the VNI on both ends.',
  'why-VXLAN_NO_REMOTE':
    'The tunnel has no entry for the MAC address. Look at bridge fdb and at the program that should have written it.',
  'why-MAC_INVALID_SOURCE': 'The sender’s MAC address is a group address or zero.',
  'why-MAC_IEEE_MAC_CONTROL': 'A pause frame: it is never forwarded.',
  'why-BRIDGE_INGRESS_STP_STATE': 'The port does not forward, because its bridge is down.',
  'why-LOCAL_MAC': 'The frame has this machine’s own MAC address as its sender: a loop or a duplicate address.',
  'why-ARP_IGNORED': 'The setting arp_ignore forbids to answer for this address on this device.',
  'why-HOPSCOPE_LINK_LOSS': 'The link is set to lose a share of its frames. Look at the loss in the lab document.',
  'why-HOPSCOPE_NO_CARRIER': 'No cable: the device is plugged into no network.',
  'why-HOPSCOPE_NO_OTHER_PORT': 'Switch or bridge have no other port to send the frame to.',
  'why-HOPSCOPE_HOP_LIMIT':
    'A limit of Hopscope: Ethernet has no TTL, so frames in a loop are stopped. Look for two ways between the same bridges, or a tunnel routed into itself.',
  'why-HOPSCOPE_NETNS_GONE': 'The namespace was removed while the frame was on its way.',
})
