import { formatIpv4 } from '../../base/ipv4.ts'
import type { Files } from '../../kernel/files/files.ts'
import { type MachineSpec, isNode } from '../contracts/node-env.ts'
import { CNI_BIN, binary } from '../contracts/node-files.ts'

/** The plugins of the package kubernetes-cni that the lab knows. `flannel` is not among them: its DaemonSet brings it. */
export const PACKAGED_PLUGINS = ['bridge', 'host-local', 'loopback', 'portmap'] as const

/** The files that a machine is installed with, as far as a program of the lab reads them. */
export function writeMachineFiles(files: Files, spec: MachineSpec): void {
  const write = (path: string, text: string): void => files.write(spec.name, path, text)
  const own = spec.nics[0] ? `${formatIpv4(spec.nics[0].address)} ${spec.name}\n` : ''
  write('/etc/hostname', `${spec.name}\n`)
  write('/etc/hosts', `127.0.0.1 localhost\n${own}`)
  // The resolver of the site, by convention on the gateway. Labs need not have one there: then names of the outside do not resolve.
  write('/etc/resolv.conf', spec.gateway === null ? '' : `nameserver ${formatIpv4(spec.gateway)}\n`)
  if (!isNode(spec)) return
  for (const name of PACKAGED_PLUGINS) write(`${CNI_BIN}/${name}`, binary(name))
}
