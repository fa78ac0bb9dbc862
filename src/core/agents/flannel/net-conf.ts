import { type Cidr, network, parseCidr } from '../../base/cidr.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { type GoObject, parseGoJson } from '../contracts/go-json.ts'

/** net-conf.json, with its defaults (flannel pkg/subnet/config.go, pkg/backend/vxlan/vxlan.go). */
export interface NetConf {
  /** `null`: none is given, and no node's range lies in it. */
  readonly network: Cidr | null
  readonly enableIpv6: boolean
  readonly enableNftables: boolean
  readonly backend: Backend
}

export interface Backend {
  readonly type: string
  /** What stands in `Backend`: each backend reads its own fields when it registers. */
  readonly raw: GoObject
}

export interface VxlanBackend {
  readonly vni: number
  /** 0: the kernel's own, 8472. */
  readonly port: number
  readonly directRouting: boolean
  readonly learning: boolean
  readonly gbp: boolean
  /** Of the device below; 0: as it is. */
  readonly mtu: number
}

/** subnet.ParseConfig. The error is flanneld's. */
export function parseNetConf(text: string): Result<NetConf, string> {
  const json = parseGoJson(text)
  if (!json.ok) return json
  const fields = new GoFields(json.value, 'Config')
  const given = fields.value('Network')
  const cidr = typeof given === 'string' && given.includes('/') ? parseCidr(given) : null
  if (given !== undefined && given !== null && !cidr) {
    return err(`invalid CIDR address: ${typeof given === 'string' ? given : JSON.stringify(given)}`)
  }
  const enableIpv6 = fields.bool('EnableIPv6', false)
  const enableNftables = fields.bool('EnableNFTables', false)
  if (fields.problem !== null) return err(fields.problem)
  const backend = fields.value('Backend')
  if (backend !== undefined && !isObject(backend)) {
    const what = `json: cannot unmarshal ${kindOf(backend)} into Go value of type struct { Type string }`
    return err(`error decoding Backend property of config: ${what}`)
  }
  const type = new GoFields(backend ?? {}, '').value('Type')
  return ok({
    network: cidr && { addr: network(cidr), len: cidr.len },
    enableIpv6,
    enableNftables,
    // The code's default is udp, whatever the documentation recommends. A backend's name is taken in any case.
    backend: {
      type: backend === undefined ? 'udp' : typeof type === 'string' ? type.toLowerCase() : '',
      raw: backend ?? {},
    },
  })
}

/** parseVXLANConfig. */
export function readVxlanBackend(raw: GoObject): Result<VxlanBackend, string> {
  const fields = new GoFields(raw, 'VXLANConfig')
  const backend: VxlanBackend = {
    vni: fields.number('vni', 1),
    port: fields.number('port', 0),
    directRouting: fields.bool('directRouting', false),
    learning: fields.bool('learning', false),
    gbp: fields.bool('gbp', false),
    mtu: fields.number('mtu', 0),
  }
  return fields.problem === null ? ok(backend) : err(fields.problem)
}

const isObject = (value: unknown): value is GoObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value

/** Fields of a JSON object as encoding/json finds them for a struct: by name, in any case. Keeps the first complaint about a type. */
class GoFields {
  problem: string | null = null
  readonly #object: GoObject
  readonly #struct: string

  constructor(object: GoObject, struct: string) {
    this.#object = object
    this.#struct = struct
  }

  value(name: string): unknown {
    const key = Object.keys(this.#object).findLast((each) => each.toLowerCase() === name.toLowerCase())
    return key === undefined ? undefined : this.#object[key]
  }

  #typed<T>(name: string, type: string, goType: string, otherwise: T): T {
    const value = this.value(name)
    if (value === undefined || value === null) return otherwise
    if (typeof value === type) return value as T
    this.problem ??= `json: cannot unmarshal ${kindOf(value)} into Go struct field ${this.#struct}.${name} of type ${goType}`
    return otherwise
  }

  bool(name: string, otherwise: boolean): boolean {
    return this.#typed(name, 'boolean', 'bool', otherwise)
  }

  number(name: string, otherwise: number): number {
    return this.#typed(name, 'number', 'int', otherwise)
  }
}
