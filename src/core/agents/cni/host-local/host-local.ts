import { formatIpv4, type Ipv4, parseIpv4 } from '../../../base/ipv4.ts'
import { ok } from '../../../base/result.ts'
import {
  CNI_CODE,
  type CniCall,
  type CniHost,
  type CniIp,
  type CniOutcome,
  type CniPlugin,
  type CniResult,
  type CniRoute,
} from '../../contracts/cni.ts'
import { cniError } from '../../contracts/cni-runtime.ts'
import { NOTHING, inVersion } from '../version.ts'
import { type Range, rangeSetText, readRanges } from './ranges.ts'

/**
 * containernetworking/plugins plugins/ipam/host-local: addresses out of ranges, kept as one file per address below
 * /var/lib/cni/networks/<network>, given out in turn from the last one on, so that a free address is not used again at once.
 */
export const hostLocal: CniPlugin = { type: 'host-local', run }

const DATA_DIR = '/var/lib/cni/networks'

interface Ipam {
  readonly dataDir?: unknown
  readonly routes?: unknown
}

function run(host: CniHost, call: CniCall): CniOutcome {
  const ipam = call.config['ipam'] as Ipam | undefined
  const directory = `${typeof ipam?.dataDir === 'string' ? ipam.dataDir : DATA_DIR}/${call.config.name ?? ''}`
  if (call.verb === 'VERSION') return NOTHING
  if (call.verb === 'DEL') return release(host, call, directory)
  if (call.verb === 'CHECK') return check(host, call, directory)
  return allocate(host, call, directory, ipam ?? {})
}

const owner = (call: CniCall): string => `${call.containerId}\r\n${call.ifname}`

function allocate(host: CniHost, call: CniCall, directory: string, ipam: Ipam): CniOutcome {
  const sets = readRanges(ipam)
  if (!sets.ok) return cniError(call.config, CNI_CODE.internal, sets.error)
  const ips: CniIp[] = []
  for (const [index, set] of sets.value.entries()) {
    const found = nextFree(host, directory, index, set)
    if (!found) {
      release(host, call, directory)
      const why = `failed to allocate for range ${index}: no IP addresses available in range set: ${rangeSetText(set)}`
      return cniError(call.config, CNI_CODE.internal, why)
    }
    const text = formatIpv4(found.ip)
    host.files.write(host.machine, `${directory}/${text}`, owner(call), host.subject)
    host.files.write(host.machine, `${directory}/last_reserved_ip.${index}`, text)
    const address = `${text}/${found.range.subnet.len}`
    ips.push(inVersion({ address, gateway: formatIpv4(found.range.gateway) }, call.config.cniVersion))
  }
  const routes = Array.isArray(ipam.routes) ? (ipam.routes as readonly CniRoute[]) : []
  const result: CniResult = { cniVersion: call.config.cniVersion ?? '', ips, routes, dns: {} }
  return ok(result)
}

/** RangeIter: from the address after the last reserved one, round all ranges of the set, once. */
function nextFree(
  host: CniHost,
  directory: string,
  index: number,
  set: readonly Range[],
): { readonly ip: Ipv4; readonly range: Range } | null {
  const last = parseIpv4(host.files.read(host.machine, `${directory}/last_reserved_ip.${index}`) ?? '')
  const from = last === null ? -1 : set.findIndex((range) => last >= range.start && last <= range.end)
  let at = Math.max(0, from)
  let ip = from < 0 ? set[0]!.start : last! + 1
  const total = set.reduce((count, range) => count + range.end - range.start + 1, 0)
  for (let tried = 0; tried < total; tried++) {
    if (ip > set[at]!.end) {
      at = (at + 1) % set.length
      ip = set[at]!.start
    }
    const range = set[at]!
    const taken = ip === range.gateway || host.files.read(host.machine, `${directory}/${formatIpv4(ip)}`) !== null
    if (!taken) return { ip, range }
    ip++
  }
  return null
}

/** ReleaseByID: every file that names this container and interface. */
function release(host: CniHost, call: CniCall, directory: string): CniOutcome {
  for (const path of host.files.list(host.machine, directory)) {
    if (host.files.read(host.machine, path) === owner(call)) host.files.remove(host.machine, path)
  }
  return NOTHING
}

function check(host: CniHost, call: CniCall, directory: string): CniOutcome {
  const held = host.files
    .list(host.machine, directory)
    .some((path) => host.files.read(host.machine, path) === owner(call))
  if (held) return NOTHING
  return cniError(
    call.config,
    CNI_CODE.internal,
    `host-local: Failed to find address added by container ${call.containerId}`,
  )
}
