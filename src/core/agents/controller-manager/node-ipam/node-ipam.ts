import { type Cidr, formatCidr, lastAddress, network, parseCidr } from '../../../base/cidr.ts'
import type { ObjectRef } from '../../../base/ref.ts'
import type { Node } from '../../../api/kinds/types.ts'
import type { Table } from '../../../world/table.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { recordEvent } from '../../contracts/record-event.ts'
import type { Outcome } from '../../contracts/work-queue.ts'

const ACTOR = 'node-controller'
const QUEUE = 'node-ipam'
const COMPONENT = 'cidrAllocator'

export interface NodeIpamConfig {
  /** --cluster-cidr. */
  readonly podCIDR: Cidr
  /** --node-cidr-mask-size. Default 24. */
  readonly nodeMask?: number
}

/** A row per range in use, by its position in the cluster's range; the row of position -1 keeps where the search goes on. */
interface RangeRow {
  readonly node: ObjectRef
  readonly next?: number
}

const CURSOR = -1

/** Gives each node a range of pod addresses, in the order in which nodes appear (k8s pkg/controller/nodeipam/ipam range_allocator). */
export function nodeIpamController(ctx: ControllerContext, config: NodeIpamConfig): void {
  const ranges = ctx.api.world.define<RangeRow, number>('podCIDR')
  const mask = Math.max(config.nodeMask ?? 24, config.podCIDR.len)
  const allocator = { ctx, ranges, podCIDR: config.podCIDR, mask }
  ctx.queues.register(QUEUE, (ref) => sync(allocator, ref))
  ctx.informers.on('Node', ({ type, ref, object }) => {
    if (type === 'DELETED') release(allocator, object as Node)
    else if (!(object as Node).spec?.podCIDR) ctx.queues.add(QUEUE, ref)
    else occupy(allocator, object as Node)
  })
}

interface Allocator {
  readonly ctx: ControllerContext
  readonly ranges: Table<RangeRow, number>
  readonly podCIDR: Cidr
  readonly mask: number
}

const rangeCount = ({ podCIDR, mask }: Allocator): number => 2 ** (mask - podCIDR.len)
const rangeAt = ({ podCIDR, mask }: Allocator, position: number): Cidr => ({
  addr: network(podCIDR) + position * 2 ** (32 - mask),
  len: mask,
})

function positionOf(allocator: Allocator, text: string | undefined): number | null {
  const range = text === undefined ? null : parseCidr(text)
  const { podCIDR, mask } = allocator
  if (!range || range.addr < network(podCIDR) || range.addr > lastAddress(podCIDR)) return null
  return Math.floor((network(range) - network(podCIDR)) / 2 ** (32 - mask))
}

function occupy(allocator: Allocator, node: Node): void {
  const position = positionOf(allocator, node.spec?.podCIDR)
  if (position !== null) allocator.ctx.api.world.put(allocator.ranges, position, { node: `Node/${node.metadata.name}` })
}

function release(allocator: Allocator, node: Node): void {
  const position = positionOf(allocator, node.spec?.podCIDR)
  if (position !== null) allocator.ctx.api.world.delete(allocator.ranges, position)
}

function sync(allocator: Allocator, ref: string): Outcome {
  const { ctx } = allocator
  const node = ctx.api.peek<Node>(ref)
  if (!node || node.spec?.podCIDR) return 'done'
  const position = allocate(allocator, ref)
  if (position === null) {
    const message = `Node ${node.metadata.name} status is now: CIDRNotAvailable`
    recordEvent(ctx.api, { about: node, type: 'Normal', reason: 'CIDRNotAvailable', message, component: COMPONENT })
    return 'retry'
  }
  const podCIDR = formatCidr(rangeAt(allocator, position))
  const updated = ctx.api.update<Node>({ ...node, spec: { ...node.spec, podCIDR, podCIDRs: [podCIDR] } }, ACTOR)
  return updated.ok ? 'done' : 'retry'
}

/** The next free range after the one given out last (cidr_set AllocateNext): a range that was freed rests for a while. */
function allocate({ ctx, ...allocator }: Allocator, ref: ObjectRef): number | null {
  const { ranges } = allocator
  const count = rangeCount({ ctx, ...allocator })
  const start = ranges.get(CURSOR)?.next ?? 0
  for (let i = 0; i < count; i++) {
    const position = (start + i) % count
    if (ranges.has(position)) continue
    ctx.api.world.put(ranges, position, { node: ref })
    ctx.api.world.put(ranges, CURSOR, { node: ref, next: (position + 1) % count })
    return position
  }
  return null
}
