import { type Result, err, ok } from '../../../base/result.ts'
import type { Files } from '../../../kernel/files/files.ts'

export const SUBNET_FILE = '/run/flannel/subnet.env'

/** What flanneld tells the plugin. */
export interface SubnetEnv {
  readonly network: string
  readonly subnet: string
  readonly mtu: number
  readonly ipMasq: boolean
}

/** loadFlannelSubnetEnv of cni-plugin/flannel.go, with its errors. */
export function readSubnetEnv(files: Files, machine: string, path: string): Result<SubnetEnv, string> {
  const text = files.read(machine, path)
  if (text === null) return err(`open ${path}: no such file or directory`)
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1))
  }
  const missing = ['FLANNEL_NETWORK', 'FLANNEL_SUBNET', 'FLANNEL_MTU', 'FLANNEL_IPMASQ'].filter(
    (name) => !values.has(name),
  )
  if (missing.length > 0) return err(`${path} is missing ${missing.join(', ')}`)
  return ok({
    network: values.get('FLANNEL_NETWORK')!,
    subnet: values.get('FLANNEL_SUBNET')!,
    mtu: Number(values.get('FLANNEL_MTU')),
    ipMasq: values.get('FLANNEL_IPMASQ') === 'true',
  })
}
