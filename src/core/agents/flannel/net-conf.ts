import { type Cidr, parseCidr } from '../../base/cidr.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { parseGoJson } from '../contracts/go-json.ts'

/** net-conf.json, with its defaults (flannel pkg/subnet/config.go). */
export interface NetConf {
  readonly network: Cidr
  readonly enableNftables: boolean
  readonly backend: Backend
}

export interface Backend {
  readonly type: string
  readonly vni: number
  /** 0: the kernel's own, 8472. */
  readonly port: number
  readonly directRouting: boolean
  readonly learning: boolean
  /** 0: that of the device below. */
  readonly mtu: number
}

/** subnet.ParseConfig. The error is flanneld's. */
export function parseNetConf(text: string): Result<NetConf, string> {
  const json = parseGoJson(text)
  if (!json.ok) return json
  const network = json.value['Network']
  const cidr = typeof network === 'string' ? parseCidr(network) : null
  if (network === undefined || network === '') return err('please define a correct Network parameter in the flannel config')
  if (!cidr) return err(`invalid CIDR address: ${String(network)}`)
  const backend = json.value['Backend']
  if (backend !== undefined && (typeof backend !== 'object' || backend === null)) {
    return err('error decoding Backend property of config: json: cannot unmarshal into Go value')
  }
  const given = (backend ?? {}) as { readonly [key: string]: unknown }
  const number = (key: string, otherwise: number): number => (typeof given[key] === 'number' ? given[key] : otherwise)
  return ok({
    network: cidr,
    enableNftables: json.value['EnableNFTables'] === true,
    backend: {
      // The code's default is udp, whatever the documentation recommends.
      type: typeof given['Type'] === 'string' ? given['Type'].toLowerCase() : 'udp',
      vni: number('VNI', 1),
      port: number('Port', 0),
      directRouting: given['DirectRouting'] === true,
      learning: given['Learning'] === true,
      mtu: number('MTU', 0),
    },
  })
}
