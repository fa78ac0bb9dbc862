import type { SimTime } from '../../base/time.ts'
import type { Kernel } from '../kernel.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'

/** One line of a machine's kernel log. */
export interface LogRow {
  readonly id: number
  readonly host: string
  readonly at: SimTime
  /** 0 emerg to 7 debug. */
  readonly level: number
  readonly text: string
}

/** Lines that a machine's ring buffer holds; the oldest go first. The real one counts bytes. */
const RING = 1000

/** printk: one line in the log of the machine that a namespace is on. */
export function printk(k: Kernel, netns: number, level: number, text: string): void {
  const host = k.t.netns.get(netns)?.host ?? ''
  const id = k.world.next('log')
  k.world.put(k.t.log, id, { id, host, at: k.now, level, text })
  const lines = k.t.logByHost.at(host)
  const oldest = lines.size > RING ? lines.firstKey() : undefined
  if (oldest !== undefined) k.world.delete(k.t.log, oldest)
}

/** The log of a machine, oldest line first. */
export const logOf = (k: Kernel, host: string): readonly LogRow[] => k.t.logByHost.at(host).rows()

export function clearLog(k: Kernel, host: string): void {
  for (const key of [...k.t.logByHost.at(host).keys()]) k.world.delete(k.t.log, key)
}

/**
 * Whether LOG says anything in a namespace: in the machine's own, elsewhere only with net.netfilter.nf_log_all_netns (nf_log_ip_packet). So
 * LOG rules in a pod are silent.
 */
export function netfilterLogs(k: Kernel, netns: number): boolean {
  const row = k.t.netns.get(netns)
  if (!row || row.name === 'host') return true
  const own = k.t.netnsByHost.at(row.host).rows()
  const machine = own.find((other) => other.name === 'host')
  return machine !== undefined && sysctlNumber(k, machine.id, 'net.netfilter.nf_log_all_netns') !== 0
}
