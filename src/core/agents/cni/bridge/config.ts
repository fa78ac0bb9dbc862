import type { CniConfig } from '../../contracts/cni.ts'

/** The keys of the bridge plugin that are modelled (NetConf of plugins/main/bridge/bridge.go). Not modelled: vlan, macspoofchk, portIsolation. */
export interface BridgeConfig {
  readonly bridge: string
  readonly isGateway: boolean
  readonly isDefaultGateway: boolean
  readonly forceAddress: boolean
  readonly ipMasq: boolean
  readonly mtu: number
  readonly hairpinMode: boolean
  readonly ipam: string
}

export function readBridgeConfig(config: CniConfig): BridgeConfig {
  const flag = (name: string): boolean => config[name] === true
  const ipam = config['ipam'] as { readonly type?: unknown } | undefined
  return {
    bridge: typeof config['bridge'] === 'string' ? config['bridge'] : 'cni0',
    isGateway: flag('isGateway') || flag('isDefaultGateway'),
    isDefaultGateway: flag('isDefaultGateway'),
    forceAddress: flag('forceAddress'),
    ipMasq: flag('ipMasq'),
    mtu: typeof config['mtu'] === 'number' ? config['mtu'] : 0,
    hairpinMode: flag('hairpinMode'),
    ipam: typeof ipam?.type === 'string' ? ipam.type : '',
  }
}
