import { isGroupMac } from '../../base/mac.ts'
import { ETHERNET_HEADER, VLAN_TAG, frameLength, mtuLength } from '../../wire/length.ts'
import type { Ethernet } from '../../wire/types.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel } from '../kernel.ts'
import { fdbLearn, fdbLookup } from '../link/bridge.ts'
import type { FdbRow, LinkRow } from '../tables.ts'
import {
  bridgeForwardHook,
  bridgePostroutingHook,
  bridgePreroutingHook,
  bridgedPieces,
  finishBridgedDnat,
} from './bridge-nf.ts'
import { afterTaps } from './receive.ts'
import { type Skb, clone, drop, step, stepAt } from './skb.ts'
import { devXmit } from './transmit.ts'

const received = stepAt('dev.recv', 'receive')
const lookedUp = stepAt('bridge.fdb', 'lookup')
const forwarded = stepAt('bridge.forward', 'forward')

/** 01:80:c2:00:00:0X, reserved for link-local protocols (IEEE 802.1D table 7-10). */
const LINK_LOCAL = 0x0180c2000000
const PAUSE = 0x0180c2000001
const isLinkLocal = (mac: number): boolean => mac >= LINK_LOCAL && mac <= LINK_LOCAL + 15

/** br_handle_frame (net/bridge/br_input.c): a frame has come in by a port. */
export function bridgeInput(k: Kernel, skb: Skb, port: LinkRow, bridge: LinkRow): void {
  const eth = skb.frame as Ethernet
  if (isGroupMac(eth.src) || eth.src === 0) return drop(k, skb, 'bridge.input', 'MAC_INVALID_SOURCE')
  if (isLinkLocal(eth.dst) && eth.dst !== LINK_LOCAL) {
    if (eth.dst === PAUSE) return drop(k, skb, 'bridge.input', 'MAC_IEEE_MAC_CONTROL')
    return passUp(k, skb, bridge)
  }
  if (eth.dst === bridge.mac) skb.cast = 'host'
  skb.physIn = port.id
  if (!bridgePreroutingHook(k, skb, port, bridge)) return
  handleFrameFinish(k, skb, port, bridge)
}

/** br_handle_frame_finish: learn who is behind the port, then decide where the frame goes. */
export function handleFrameFinish(k: Kernel, skb: Skb, port: LinkRow, bridge: LinkRow): void {
  const eth = skb.frame as Ethernet
  if (port.port!.learning) {
    const learned = fdbLearn(k, bridge, port.id, eth.src)
    if (learned === 'new' || learned === 'moved') {
      step(k, skb, 'bridge.fdb', 'learn', { d: 'learn', mac: eth.src, port: port.name, moved: learned === 'moved' })
    }
  }
  if (isGroupMac(eth.dst)) return flood(k, skb, bridge, port.id, true)
  if (eth.dst === bridge.mac) {
    lookedUp(k, skb, { d: 'note', code: 'local-address', value: bridge.name })
    return passUp(k, skb, bridge)
  }
  const row = fdbLookup(k, bridge, eth.dst)
  if (!row) return flood(k, skb, bridge, port.id, false)
  lookedUp(k, skb, fdbDetail(row))
  if (row.local) return passUp(k, skb, bridge)
  const out = k.t.link.get(row.port)
  if (!out || !shouldDeliver(k, port.id, out)) {
    return drop(k, skb, 'bridge.forward', 'NOT_SPECIFIED', { d: 'note', code: 'hairpin-off', value: out?.name ?? '' })
  }
  forward(k, skb, out, bridge)
}

/** should_deliver: never back through the port it came by, unless that port is a hairpin; never between two isolated ports. */
function shouldDeliver(k: Kernel, from: number, to: LinkRow): boolean {
  if (!to.up || to.port === null) return false
  if (to.id === from) return to.port.hairpin
  const source = from === 0 ? undefined : k.t.link.get(from)
  return !(source?.port?.isolated && to.port.isolated)
}

const fdbDetails = new WeakMap<FdbRow, PathDetail>()
/** One detail value per entry, so that the trace stores it once. */
export function fdbDetail(row: FdbRow): PathDetail {
  let detail = fdbDetails.get(row)
  if (!detail) fdbDetails.set(row, (detail = { d: 'fdb', row }))
  return detail
}

const outDetails = new WeakMap<LinkRow, PathDetail>()
function outDetail(out: LinkRow): PathDetail {
  let detail = outDetails.get(out)
  if (!detail) outDetails.set(out, (detail = { d: 'note', code: 'port', value: out.name }))
  return detail
}

/** __br_forward: through the bridge's netfilter hooks and out of one port. */
function forward(k: Kernel, skb: Skb, out: LinkRow, bridge: LinkRow): void {
  if (skb.physIn !== 0) {
    skb.physOut = out.id
    if (!bridgeForwardHook(k, skb, bridge)) return
    if (!bridgePostroutingHook(k, skb, bridge, out)) return
  }
  forwarded(k, skb, outDetail(out))
  skb.physIn = 0
  skb.physOut = 0
  if (skb.fragMax === 0) return pushOut(k, skb, out)
  for (const piece of bridgedPieces(k, skb, out)) pushOut(k, piece, out)
}

/** br_dev_queue_push_xmit: a frame that the port has no room for ends here, and nobody is told. A VLAN tag may come on top. */
function pushOut(k: Kernel, skb: Skb, out: LinkRow): void {
  if (frameLength(skb.frame) <= out.mtu + ETHERNET_HEADER + VLAN_TAG) return devXmit(k, skb, out)
  drop(k, skb, 'bridge.forward', 'PKT_TOO_BIG', { d: 'mtu', mtu: out.mtu, length: mtuLength(skb.frame) })
}

/** br_flood: a copy for every port that may have it; for group addresses one more for the bridge itself. */
function flood(k: Kernel, skb: Skb, bridge: LinkRow, from: number, group: boolean): void {
  const ports = k.t.linkByMaster.at(bridge.id).rows()
  // BR_FLOOD is about unknown addresses only; broadcasts have a switch of their own, which is on.
  // br_add_if puts a port in front of the list: the newest is served first.
  const targets = ports.filter((port) => (group || port.port!.flood) && shouldDeliver(k, from, port)).toReversed()
  const eth = skb.frame as Ethernet
  step(k, skb, 'bridge.fdb', 'flood', { d: 'fdb-miss', mac: eth.dst, ports: targets.length })
  const up = group && from !== 0
  if (targets.length === 0 && !up) return drop(k, skb, 'bridge.forward', 'HOPSCOPE_NO_OTHER_PORT')
  for (let i = 0; i < targets.length; i++) {
    const last = i === targets.length - 1 && !up
    forward(k, last ? skb : clone(k, skb), targets[i]!, bridge)
  }
  if (up) passUp(k, skb, bridge)
}

/** br_pass_frame_up: the frame is for this machine; it is received once more, now by the bridge device. */
function passUp(k: Kernel, skb: Skb, bridge: LinkRow): void {
  skb.dev = bridge.id
  skb.iif = bridge.id
  // From here on it is no bridged packet any more (nf_bridge_info_free in ip_sabotage_in).
  skb.physIn = 0
  skb.physOut = 0
  const eth = skb.frame as Ethernet
  if (!isGroupMac(eth.dst)) skb.cast = 'host'
  received(k, skb)
  afterTaps(k, skb, bridge)
}

/** br_dev_xmit: a frame from this machine's own stack enters the bridge. */
export function bridgeOutput(k: Kernel, skb: Skb, bridge: LinkRow): void {
  if (skb.bridgedDnat) return finishBridgedDnat(k, skb, bridge)
  const eth = skb.frame as Ethernet
  skb.physIn = 0
  if (isGroupMac(eth.dst)) return flood(k, skb, bridge, 0, true)
  const row = fdbLookup(k, bridge, eth.dst)
  if (!row || row.port === 0) return flood(k, skb, bridge, 0, false)
  lookedUp(k, skb, fdbDetail(row))
  const out = k.t.link.get(row.port)
  if (!out || row.local || !shouldDeliver(k, 0, out)) {
    return drop(k, skb, 'bridge.forward', 'NOT_SPECIFIED')
  }
  forward(k, skb, out, bridge)
}
