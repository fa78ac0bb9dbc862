import type { Kernel } from '../../../src/core/kernel/kernel.ts'
import { deleteNeigh, updateNeigh } from '../../../src/core/kernel/neigh/neigh.ts'
import { isValid, neighState } from '../../../src/core/kernel/neigh/state.ts'
import type { NeighRow } from '../../../src/core/kernel/tables.ts'
import { setSysctl } from '../../../src/core/kernel/sysctl/sysctl.ts'
import type { Lab } from '../../../src/core/lab/lab.ts'
import { SCRIPT_DUE } from '../../../src/core/lab/script.ts'
import type { Table } from '../../../src/core/world/table.ts'
import { DEVICE_SYSCTLS, LAB_SYSCTLS } from '../pinned.ts'

/**
 * Brings a lab at rest to where its export begins: nothing counted, no connection, neighbours as if they had been found just now, and of
 * its programs only those that listen; what agents and probes have on their agenda is taken off it.
 */
export function makeStill(lab: Lab): void {
  const { kernel, world, sim } = lab
  lab.input('be still', `Lab/${lab.spec.name}`, () => {
    const { t } = kernel
    for (const row of t.neigh.rows()) renew(kernel, row)
    for (const { seq, kind } of sim.events.rows()) if (kind !== SCRIPT_DUE.kind) sim.cancel(seq)
    empty(lab, t.conntrack)
    empty(lab, t.pmtu)
    empty(lab, t.inetPeer)
    empty(lab, t.fragQueue)
    empty(lab, t.matchState)
    for (const { table } of t.netfilter.rows())
      for (const { rules } of table.chains)
        for (const { id } of rules)
          world.put(t.ruleCounter, id, { rule: id, packets: 0, bytes: 0, since: kernel.trace.length })
    for (const { id } of t.netns.rows()) pin(kernel, id)
  })
}

/** A neighbour as an export writes it: reachable or stale; one that does not answer is none. */
function renew(k: Kernel, row: NeighRow): void {
  const state = neighState(row, k.now)
  if (state === 'PERMANENT' || state === 'NOARP') return
  if (isValid(state)) updateNeigh(k, row, row.mac, state === 'REACHABLE' ? state : 'STALE')
  else deleteNeigh(k, row.link, row.ip)
}

function empty<R extends object, K extends string | number>(lab: Lab, table: Table<R, K>): void {
  for (const key of table.keys()) lab.world.delete(table, key)
}

function pin(k: Kernel, netns: number): void {
  for (const [name, value] of LAB_SYSCTLS) setSysctl(k, netns, name, value)
  for (const { name: dev } of k.t.linkByNetns.at(netns).rows())
    for (const [leaf, value] of DEVICE_SYSCTLS) setSysctl(k, netns, `net.ipv4.neigh.${dev}.${leaf}`, value)
}
